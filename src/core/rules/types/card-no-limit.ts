import { maskCardNo, type HashCardNo } from '../facts.ts'
import type { RuleType } from '../deciding/rule.ts'
import { isRecord } from '../reading/written.ts'
import { exampleItem } from './example-item.ts'
import { createLimitType, type ReadKey } from './limit.ts'

const sealed = /^[0-9]{6}\*{2,9}[0-9]{4}#([\w-]{16,64})$/

const readCardNo: ReadKey = (written, _ends, hashCardNo) => {
  const hash = sealed.exec(written)?.[1]
  if (hash !== undefined) return { key: hash }
  if (!/^[0-9]{12,19}$/.test(written)) return { problem: 'must be a card number of 12 to 19 digits, or *' }
  return hashCardNo === undefined
    ? { problem: 'is a card number, which may not be kept' }
    : { key: hashCardNo(written) }
}

/** A listed card number as it may be kept: six and four digits, and the keyed hash. What is sealed stays as it is. */
const sealCardNo = (written: string, hashCardNo: (cardNo: string) => string): string =>
  /^[0-9]{12,19}$/.test(written) ? `${maskCardNo(written)}#${hashCardNo(written)}` : written

/** 卡号限制: by the card number, of which only a keyed hash is known. */
export const cardNoLimitType = createLimitType({
  key: 'CardNoLimit',
  aliases: [],
  label: '卡号限制',
  description: 'Limits by the card number. The number itself is never kept.',
  subject: {
    fact: 'cardNo',
    keyOf: ({ card }) => card?.hash,
    showKey: ({ card }) => card?.masked ?? '',
  },
  readKey: readCardNo,
  examples: [
    {
      title: 'Each card once a day',
      value: { limitWay: 'Q', limitType: 'W', limitItems: [exampleItem('*', { limitMaxDay: 1 })] },
      cases: [
        { at: '2026-11-22 10:00:00', facts: { scene: 'verify', cardNo: '6225880000008888' }, expect: 'passed' },
        {
          at: '2026-11-22 23:59:59',
          facts: { scene: 'verify', cardNo: '6225880000008888' },
          expect: 'rejected',
          passesAt: '2026-11-23 00:00:00',
        },
        { at: '2026-11-22 23:59:59', facts: { scene: 'verify', cardNo: '6225880000009999' }, expect: 'passed' },
        { at: '2026-11-23 00:00:00', facts: { scene: 'verify', cardNo: '6225880000008888' }, expect: 'passed' },
      ],
    },
    {
      title: 'A black list, and whoever has no card passes it',
      value: { limitWay: 'Q', limitType: 'B', limitItems: [exampleItem('6225880000008888')] },
      cases: [
        { at: '2026-11-22 10:00:00', facts: { scene: 'verify', cardNo: '6225880000008888' }, expect: 'rejected' },
        { at: '2026-11-22 10:00:00', facts: { scene: 'verify', cardNo: '6225880000009999' }, expect: 'passed' },
        { at: '2026-11-22 10:00:00', facts: { scene: 'verify' }, expect: 'passed' },
      ],
    },
  ],
})

/**
 * A rule's value as it may be kept: listed card numbers become six and four digits with their keyed hash, in which form
 * `parseRule` takes them again. For values that `parseRule` has taken.
 */
export function sealRuleValue({ type, value }: { type: RuleType; value: unknown }, hashCardNo: HashCardNo): unknown {
  if (type.key !== 'CardNoLimit' || !isRecord(value) || !Array.isArray(value['limitItems'])) return value
  const limitItems = value['limitItems'].map((item: unknown) =>
    isRecord(item) && typeof item['limitKey'] === 'string'
      ? { ...item, limitKey: sealCardNo(item['limitKey'], hashCardNo) }
      : item,
  )
  return { ...value, limitItems }
}
