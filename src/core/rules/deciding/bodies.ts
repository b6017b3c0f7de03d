import type { Facts, FactName } from '../facts.ts'
import type { PreparedExpression } from './expression.ts'
import type { CalendarPeriodKind, PeriodKind } from '../../../time/periods.ts'

/** What a rule's value says, ready to be judged. */
export type RuleBody = Limit | WeekTime | BuyGet

/** Seconds of the day, both included. A window whose end lies before its start ends on the next day. */
export type Window = { from: number; to: number }

/** When something may be done. `days` begins with Sunday. */
export type WeekTime = { kind: 'weekTime'; days: boolean[]; windows: Window[] }

/** What a limit counts by: which fact, how a listed key is written, and how the request's own key is found. */
export type LimitSubject = {
  fact: FactName
  /** The key of a request as counters carry it; undefined where the request does not have the fact. */
  keyOf: (facts: Facts, ends: CardEnds) => string | undefined
  /** The key as people may see it. */
  showKey: (facts: Facts, key: string) => string
}

/** How many digits of a card number's beginning and end make its bin. */
export type CardEnds = { prefix: number; suffix: number }

/** `counterKey` names the counter of a period, by the period's label and the request's key. */
export type Maximum = { period: PeriodKind; max: number; counterKey: (label: string, key: string) => string }

export type LimitItem = {
  maxima: Maximum[]
  startsAt: number
  endsAt: number
  /** The name of the item's whole time in a counter's key. */
  totalLabel: string
  /** The numbers of the periods in which it starts. */
  startNumbers: Record<CalendarPeriodKind, number>
  weekTime: WeekTime | undefined
}

export type Limit = {
  kind: 'limit'
  subject: LimitSubject
  /** Q counts coupons, A fen. */
  way: 'Q' | 'A'
  isWhiteList: boolean
  isRetained: boolean
  ends: CardEnds
  /** By key, as counters carry it; several of one key where their times follow one another. */
  items: Map<string, LimitItem[]>
  /** For every key that is not listed, each counted for itself. */
  others: LimitItem[]
}

type CodeType = 'sku' | 'type' | 'spec'

export type BuyGet = {
  kind: 'buyGet'
  ruleId: string
  codeType: CodeType
  /** The group of each listed code; undefined where the whole cart is the one group. */
  groupOf: Map<string, number> | undefined
  groupCount: number
  check: PreparedExpression | undefined
  pieces: PreparedExpression | undefined
  isDearestFirst: boolean
  limitMinAmountFen: number
  /** Undefined where the rule only checks. */
  offer: Offer | undefined
  superposition: number
  faceValueFen: number | undefined
  netValueFen: number | undefined
  /** Millionths. */
  netRate: number | undefined
  reduceValueFen: number | undefined
  isMerchant: boolean
  cashierCode: string | undefined
}

/** What the matched pieces get. `none` where the values given (face, net, reduce) say all. */
export type Offer =
  | { kind: 'setMeal' | 'fixedAmount' | 'amountOff'; fen: number }
  | { kind: 'discountOff'; paidRate: number }
  | { kind: 'none' }
