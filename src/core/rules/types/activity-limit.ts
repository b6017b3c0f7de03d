import { exampleItem } from './example-item.ts'
import { createLimitType, readPlainKey } from './limit.ts'

/** 活动限制: by ebuyActivityId. */
export const activityLimitType = createLimitType({
  key: 'ActivityLimit',
  aliases: [],
  label: '活动限制',
  description: 'Limits by the activity (ebuyActivityId).',
  subject: { fact: 'ebuyActivityId', keyOf: (facts) => facts.activityId, showKey: (_facts, key) => key },
  readKey: readPlainKey,
  examples: [
    {
      title: 'Ten yuan of discount a day, and what a day leaves may be used later',
      value: {
        limitWay: 'A',
        limitType: 'W',
        retained: 'Y',
        limitItems: [exampleItem('2018090500', { limitMaxDay: 1000, startTime: '20260201000000' })],
      },
      cases: [
        {
          at: '2026-02-01 09:00:00',
          facts: { scene: 'verify', activityId: '2018090500', faceValueFen: 1500 },
          expect: 'rejected',
          passesAt: '2026-02-02 00:00:00',
        },
        {
          at: '2026-02-02 09:00:00',
          facts: { scene: 'verify', activityId: '2018090500', faceValueFen: 1500 },
          expect: 'passed',
        },
      ],
    },
  ],
})
