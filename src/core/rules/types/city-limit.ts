import { exampleItem } from './example-item.ts'
import { createLimitType, readPlainKey } from './limit.ts'

/** 城市限制: by storeInfo.cityId, or the shop's own city where the wire has none. */
export const cityLimitType = createLimitType({
  key: 'CityLimit',
  aliases: [],
  label: '城市限制',
  description: 'Limits by the city of the shop (storeInfo.cityId).',
  subject: { fact: 'storeInfo.cityId', keyOf: (facts) => facts.cityId, showKey: (_facts, key) => key },
  readKey: readPlainKey,
  examples: [
    {
      title: 'Shanghai without limit, every other city twice a week',
      value: {
        limitWay: 'Q',
        limitType: 'W',
        limitItems: [exampleItem('310000'), exampleItem('*', { limitMaxWeek: 2 })],
      },
      cases: [
        { at: '2026-11-22 10:00:00', facts: { scene: 'verify', cityId: '110000', quantity: 2 }, expect: 'passed' },
        {
          at: '2026-11-22 23:59:59',
          facts: { scene: 'verify', cityId: '110000' },
          expect: 'rejected',
          passesAt: '2026-11-23 00:00:00',
        },
        { at: '2026-11-22 23:59:59', facts: { scene: 'verify', cityId: '310000', quantity: 9 }, expect: 'passed' },
        { at: '2026-11-23 00:00:00', facts: { scene: 'verify', cityId: '110000' }, expect: 'passed' },
        { at: '2026-11-23 00:00:00', facts: { scene: 'verify' }, expect: 'rejected' },
      ],
    },
  ],
})
