import { readOpenRequestPage, redemptionRequests, requestSubject, requestUses } from '../../../db/proof/requests.ts'
import type { PageCheck, RowCheck } from './check.ts'

const name = 'supplier_request'
const say = (no: string): string => `supplier request ${no} does not agree with what it is about`
const toDo =
  'Ask the supplier what became of the number. An open request can be ended with "quanhub supplier give-up", an answered one cannot: a state was changed by other means than the hub.'

export const requestChecks: RowCheck[] = [
  { name, say, toDo, read: requestSubject },
  {
    name: 'request_uses',
    read: requestUses,
    say: (no) => `supplier request ${no} holds what its coupons carry, or what was given back`,
    toDo: 'The request is answered and must hold nothing: its uses were changed by other means than the hub.',
  },
  {
    name: 'redemption_requests',
    read: redemptionRequests,
    say: (no) => `redemption ${no} is in a state that its supplier requests do not have`,
    toDo: 'Ask the supplier what became of the redemption. Its state or that of its request was changed by other means than the hub.',
  },
]

export const openRequestCheck: PageCheck = { name, say, toDo, readPage: readOpenRequestPage, isForFull: false }
