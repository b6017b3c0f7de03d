import { describe, expect, it } from 'vitest'
import { connectionLost, isConnectionLost, isTransient, isUniqueViolation } from './errors.ts'

const withCode = (code: string): Error => Object.assign(new Error('x'), { code })

describe('what an error of the database means', () => {
  it('counts every way in which a connection ends as lost', () => {
    const codes = [
      '08000',
      '08003',
      '08006',
      '57P01',
      '57P02',
      '57P03',
      '25P03',
      'CONNECTION_CLOSED',
      'CONNECTION_ENDED',
    ]
    codes.push('CONNECTION_DESTROYED', 'CONNECT_TIMEOUT', 'ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT')
    expect(codes.filter((code) => !isConnectionLost(withCode(code)))).toEqual([])
    expect(isConnectionLost(connectionLost('gone'))).toBe(true)
  })

  it('does not take a refused statement for a lost connection', () => {
    const codes = ['23505', '23514', '40P01', '55P03', '57014', '08P01', '42P01', '22021', '']
    expect(codes.filter((code) => isConnectionLost(withCode(code)))).toEqual([])
  })

  it('is not confused by what is no error at all', () => {
    for (const nothing of [undefined, null, 'ECONNRESET', 7, {}, { code: 23505 }])
      expect([isConnectionLost(nothing), isUniqueViolation(nothing), isTransient(nothing)]).toEqual([
        false,
        false,
        false,
      ])
  })

  it('tells a duplicate and a lock that could not be had', () => {
    expect(isUniqueViolation(withCode('23505'))).toBe(true)
    expect(['40P01', '40001', '55P03', '57014'].every((code) => isTransient(withCode(code)))).toBe(true)
    expect(isTransient(withCode('23505'))).toBe(false)
  })
})
