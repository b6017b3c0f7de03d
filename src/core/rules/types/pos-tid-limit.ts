import { exampleItem } from './example-item.ts'
import { createLimitType, readPlainKey } from './limit.ts'

/** POS终端限制: by the terminal (storeInfo.tid). */
export const posTidLimitType = createLimitType({
  key: 'PosTidLimit',
  aliases: [],
  label: 'POS终端限制',
  description: 'Limits by the terminal (storeInfo.tid).',
  subject: { fact: 'storeInfo.tid', keyOf: (facts) => facts.tid, showKey: (_facts, key) => key },
  readKey: readPlainKey,
  examples: [
    {
      title: 'One terminal at lunch on weekdays, three times in all',
      value: {
        limitWay: 'Q',
        limitType: 'W',
        limitItems: [
          exampleItem('T0000001', { limitMaxTotal: 3, weekTime: { weekDay: '0111110', times: '113000133000' } }),
        ],
      },
      cases: [
        {
          at: '2026-11-22 12:00:00',
          facts: { scene: 'verify', tid: 'T0000001' },
          expect: 'rejected',
          passesAt: '2026-11-23 11:30:00',
        },
        { at: '2026-11-23 12:00:00', facts: { scene: 'verify', tid: 'T0000001', quantity: 3 }, expect: 'passed' },
        { at: '2026-11-24 12:00:00', facts: { scene: 'verify', tid: 'T0000001' }, expect: 'rejected', passesAt: null },
        { at: '2026-11-24 12:00:00', facts: { scene: 'verify', tid: 'T0000002' }, expect: 'rejected' },
      ],
    },
  ],
})
