import { activityLimitType } from './activity-limit.ts'
import { buyGetType } from './buy-get.ts'
import { cardBinLimitType } from './card-bin-limit.ts'
import { cardNoLimitType } from './card-no-limit.ts'
import { cityLimitType } from './city-limit.ts'
import { posTidLimitType } from './pos-tid-limit.ts'
import type { RuleType } from '../deciding/rule.ts'
import { scenceLimitType } from './scence-limit.ts'
import { weekTimeType } from '../deciding/week-time.ts'

/** Every kind of rule. A new one is a file of its own and a line here. */
export const ruleTypes: RuleType[] = [
  scenceLimitType,
  activityLimitType,
  cardBinLimitType,
  cardNoLimitType,
  cityLimitType,
  posTidLimitType,
  weekTimeType,
  buyGetType,
]

const typeOf = new Map(ruleTypes.flatMap((type) => [type.key, ...type.aliases].map((key) => [key, type] as const)))

/** The kind of rule that a `ruleKey` names. */
export const findRuleType = (key: string): RuleType | undefined => typeOf.get(key)
