import { cardEnds } from '../facts.ts'
import { exampleItem } from './example-item.ts'
import { createLimitType, type ReadKey } from './limit.ts'

// Eight first and four last digits are as much of a card number as may be kept in the clear.
const mostPrefixBesideSuffix = 8

const readBin: ReadKey = (written, { prefix, suffix }) => {
  if (prefix < 3) return { problem: 'needs binPrefixNum from 3 to 10' }
  if (suffix > 0 && prefix > mostPrefixBesideSuffix) {
    return {
      problem: `would keep too much of a card number: with binSuffixNum, binPrefixNum is at most ${mostPrefixBesideSuffix}`,
    }
  }
  const digits = new RegExp(suffix === 0 ? `^[0-9]{${prefix}}$` : `^[0-9]{${prefix}}\\*[0-9]{${suffix}}$`)
  if (digits.test(written)) return { key: written }
  return {
    problem: `must be ${prefix} digits${suffix === 0 ? '' : `, * and ${suffix} digits`}, as binPrefixNum and binSuffixNum say`,
  }
}

/** 卡bin限制: by the first digits of the card number, or the first and the last (`622588*8888`). */
export const cardBinLimitType = createLimitType({
  key: 'CardBinLimit',
  aliases: [],
  label: '卡bin限制',
  description: 'Limits by the first digits of the card number, or by the first and the last.',
  subject: {
    fact: 'cardNo',
    keyOf: ({ card }, { prefix, suffix }) => {
      if (card === undefined) return undefined
      const bin = card.prefix.slice(0, prefix)
      return suffix === 0 ? bin : `${bin}*${card.suffix.slice(cardEnds.suffix - suffix)}`
    },
    showKey: (_facts, key) => key,
  },
  readKey: readBin,
  examples: [
    {
      title: 'Two bins, the first with 1,000 a month',
      value: {
        limitWay: 'Q',
        limitType: 'W',
        binPrefixNum: 6,
        limitItems: [exampleItem('622588', { limitMaxMonth: 1000 }), exampleItem('622589')],
      },
      cases: [
        {
          at: '2026-02-28 23:59:58',
          facts: { scene: 'verify', cardNo: '6225880000008888', quantity: 1000 },
          expect: 'passed',
        },
        {
          at: '2026-02-28 23:59:59',
          facts: { scene: 'verify', cardNo: '6225881111118888' },
          expect: 'rejected',
          passesAt: '2026-03-01 00:00:00',
        },
        { at: '2026-02-28 23:59:59', facts: { scene: 'verify', cardNo: '6225890000008888' }, expect: 'passed' },
        { at: '2026-02-28 23:59:59', facts: { scene: 'verify', cardNo: '6225990000008888' }, expect: 'rejected' },
        { at: '2026-03-01 00:00:00', facts: { scene: 'verify', cardNo: '6225881111118888' }, expect: 'passed' },
      ],
    },
  ],
})
