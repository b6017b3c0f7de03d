import { describe, expect, it } from 'vitest'
import { hashCardNo } from '../../../test/support/rules.ts'
import { cardOf, readFacts } from './index.ts'

describe('cardOf', () => {
  it('keeps of a card number its hash, its ends and what may be shown', () => {
    expect(cardOf('6225881234567888', hashCardNo)).toEqual({
      hash: hashCardNo('6225881234567888'),
      prefix: '6225881234',
      suffix: '7888',
      masked: '622588******7888',
    })
  })

  it.each(['62258812345678AB', '62258812345', '62258812345678880000', ''])('takes %j for no card number', (cardNo) => {
    expect(cardOf(cardNo, hashCardNo)).toBeUndefined()
  })
})

describe('readFacts', () => {
  it('reads facts as a person writes them', () => {
    const goods = [{ sku: '111', qty: 1, priceFen: 3000 }]
    expect(readFacts({ scene: 'verify', cardNo: '6225881234567888', goods }, hashCardNo)).toEqual({
      scene: 'verify',
      card: cardOf('6225881234567888', hashCardNo),
      goods,
    })
  })

  it.each([
    ['scene', {}],
    ['goods.0.qty', { scene: 'verify', goods: [{ qty: 0, priceFen: 1 }] }],
    ['cardNo', { scene: 'verify', cardNo: '12' }],
    ['goods', { scene: 'verify', goods: Array.from({ length: 201 }, () => ({ qty: 1, priceFen: 1 })) }],
  ])('names %s where it cannot be read', (field, written) => {
    expect(() => readFacts(written, hashCardNo)).toThrow(`${field}:`)
  })
})
