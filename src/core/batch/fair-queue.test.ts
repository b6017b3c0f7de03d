import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFairQueue } from './fair-queue.ts'

const ownerOf = (one: string): string => one[0]!

test('what one owner has put in a thousandfold makes another wait for its turn alone', () => {
  const queue = createFairQueue(ownerOf, 20_000)
  for (let i = 0; i < 5_000; i++) queue.push(`a${i}`)
  queue.push('b0')
  queue.push('c0')
  queue.push('b1')
  expect(queue.take(6)).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'a2'])
  expect(queue.take(2)).toEqual(['a3', 'a4'])
})

test('an owner has as many places as are left, so that there is one for the next', () => {
  const queue = createFairQueue(ownerOf, 100)
  const fill = (owner: string): number => {
    let count = 0
    while (queue.push(`${owner}${count}`)) count += 1
    return count
  }
  expect([fill('a'), fill('b'), fill('c')]).toEqual([50, 25, 13])
  expect(queue.push('d')).toBe(true)
})

test('nothing is lost, nothing comes twice, and each owner’s own come in their order', () => {
  const step = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 5 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = createFairQueue(ownerOf, 1_000)
      const put: string[] = []
      const taken: string[] = []
      for (const step of steps) {
        if (typeof step === 'number') taken.push(...queue.take(step))
        else if (queue.push(`${step}${put.length}`)) put.push(`${step}${put.length}`)
        expect(queue.length()).toBe(put.length - taken.length)
      }
      taken.push(...queue.take(1_000))
      for (const owner of ['a', 'b', 'c']) {
        const ofOwner = (all: string[]): string[] => all.filter((one) => ownerOf(one) === owner)
        expect(ofOwner(taken)).toEqual(ofOwner(put))
      }
    }),
  )
})
