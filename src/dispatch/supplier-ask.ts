import { loadPoolCodes, revealCode } from '../core/codes/reveal.ts'
import { codeHash } from '../core/find-coupon.ts'
import { validityOf } from '../core/issue-make.ts'
import type { Core } from '../core/core.ts'
import type { SupplierSaid } from '../core/settle-command.ts'
import { pairKey, type Setup } from '../core/set-up/snapshot.ts'
import type { AskableSupplier } from '../core/supplier-of.ts'
import { readOrders, type OrderRow } from '../db/orders.ts'
import { readRedemptions } from '../db/redemptions.ts'
import type { SupplierRequestRow } from '../db/supplier-requests.ts'
import type { Hub } from '../hub.ts'
import type { ConfirmAsk, MakeAsk, Maker, Supplier, SupplierLimits, SupplierSend } from '../suppliers/supplier.ts'

/** What a supplier said, and whether it could be reached at all. */
export type Asked = { said: SupplierSaid; isReached: boolean }

/** Asks a supplier once, by the request's own number. Rejects only where the request itself cannot be put together. */
export async function askSupplier(
  core: Core,
  { adapter, settings }: AskableSupplier,
  request: SupplierRequestRow,
  send: SupplierSend,
): Promise<Asked> {
  let isReached = true
  const watched: SupplierSend = async (asked) => {
    const answer = await send(asked)
    isReached = answer.kind === 'answered' && answer.status < 500 && answer.status !== 429
    return answer
  }
  const setup = core.setup.current()
  const maker = makerOf(adapter)
  const said =
    request.kind === 'make'
      ? sealed(core.hub, await maker.make(settings, await makeAskOf(core, setup, request), watched))
      : worded(await maker.confirm(settings, await confirmAskOf(core, setup, request), watched))
  return { said, isReached }
}

function makerOf({ kind, maker }: Supplier): Maker<SupplierLimits> {
  if (maker === undefined) throw new Error(`a supplier of kind ${kind} makes no codes`)
  return maker
}

type Refused = { kind: 'refused'; code: string; message: string }
type Unknown = { kind: 'unknown'; reason: string }

const worded = (answer: { kind: 'accepted' } | Refused | Unknown): SupplierSaid => {
  if (answer.kind === 'accepted') return { kind: 'accepted', codes: [] }
  return answer.kind === 'refused' ? { kind: 'refused', words: `${answer.message} (${answer.code})` } : answer
}

function sealed({ keyring }: Hub, answer: { kind: 'accepted'; codes: string[] } | Refused | Unknown): SupplierSaid {
  if (answer.kind !== 'accepted') return worded(answer)
  const codes = answer.codes.map((code) => ({ code, hash: codeHash(keyring, code), cipher: keyring.encrypt(code) }))
  return { kind: 'accepted', codes }
}

async function orderOf({ hub }: Core, { lane, orderNo }: SupplierRequestRow): Promise<OrderRow> {
  const [order] = await readOrders(hub.database.sql, [{ lane, no: orderNo }])
  if (order === undefined) throw new Error(`order ${orderNo} of a supplier request is missing`)
  return order
}

async function makeAskOf(core: Core, setup: Setup, request: SupplierRequestRow): Promise<MakeAsk> {
  const order = await orderOf(core, request)
  const template = setup.templates.get(order.templateId)
  const ticket = setup.activityTemplates.get(pairKey(order.activityId, order.templateId))
  if (template === undefined || ticket === undefined) throw new Error(`the template of order ${order.no} is missing`)
  const { thirdProductId } = template.settings
  const { funds, wechatAppId } = order.terms
  return {
    no: request.no,
    orderNo: order.no,
    supplierId: request.supplierId,
    channelId: order.channelId,
    ticketId: ticket.ticketId,
    templateId: template.id,
    ...(thirdProductId === undefined ? {} : { thirdProductId }),
    itemNo: order.terms.itemNo ?? order.no.slice(0, 31),
    quantity: order.quantity,
    useTimes: template.useTimes,
    faceValueFen: template.faceValueFen,
    netValueFen: funds?.userRealAmountFen ?? template.faceValueFen,
    ...validityOf(order, template, order.createdAt),
    ...(order.mobile === null ? {} : { mobile: core.hub.keyring.decrypt(order.mobile) }),
    ...(order.openid === null ? {} : { openid: core.hub.keyring.decrypt(order.openid) }),
    ...(order.memberId === null ? {} : { memberId: order.memberId }),
    ...(wechatAppId === undefined ? {} : { wechatAppId }),
    createdAt: order.createdAt,
  }
}

async function confirmAskOf(core: Core, setup: Setup, request: SupplierRequestRow): Promise<ConfirmAsk> {
  const { sql } = core.hub.database
  const [redemption] = await readRedemptions(sql, [{ lane: request.lane, no: request.redemptionNo ?? '' }])
  if (redemption === undefined) throw new Error(`redemption ${request.redemptionNo} of a supplier request is missing`)
  const { amountFen, merchantNo, shopNo, faceValueFen, createdAt: at, no, detail } = redemption
  const code = revealCode(redemption, setup, await loadPoolCodes(sql, [redemption], setup), core.hub.keyring)
  return {
    no: request.no,
    supplierId: request.supplierId,
    redemptionNo: no,
    code,
    faceValueFen,
    ...(amountFen === null ? {} : { amountFen }),
    merchantNo,
    shopNo,
    ...(detail.tid === undefined ? {} : { tid: detail.tid }),
    at,
  }
}
