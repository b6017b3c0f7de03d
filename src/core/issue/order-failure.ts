import type { OrderRow } from '../../db/orders.ts'
import { errorCodes, type ErrorCode } from '../command/errors.ts'

/** Which refusal a failed order is to its partner: the one that its supplier meant clearly, else that it refused. */
export const failureCodeOf = ({ failureCode }: Pick<OrderRow, 'failureCode'>): ErrorCode =>
  errorCodes.find((code) => code === failureCode) ?? 'supplier_rejected'
