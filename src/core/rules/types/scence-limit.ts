import { exampleItem } from './example-item.ts'
import { createLimitType, readPlainKey } from './limit.ts'

/** 场景限制: by the scene, `make`, `verify` or an operator's own word. */
export const scenceLimitType = createLimitType({
  key: 'ScenceLimit',
  aliases: ['SceneLimit'],
  label: '场景限制',
  description: 'Limits by the scene in which the rule is asked: make or verify.',
  subject: { fact: 'ruleScene', keyOf: (facts) => facts.scene, showKey: (_facts, key) => key },
  readKey: readPlainKey,
  examples: [
    {
      title: 'A hundred coupons made a day, ten of them at once',
      value: { limitWay: 'Q', limitType: 'W', limitItems: [exampleItem('make', { limitMaxDay: 100 })] },
      cases: [
        { at: '2026-11-22 10:00:00', facts: { scene: 'make', quantity: 90 }, expect: 'passed' },
        {
          at: '2026-11-22 10:00:01',
          facts: { scene: 'make', quantity: 11 },
          expect: 'rejected',
          passesAt: '2026-11-23 00:00:00',
        },
        { at: '2026-11-22 10:00:02', facts: { scene: 'make', quantity: 10 }, expect: 'passed' },
      ],
    },
  ],
})
