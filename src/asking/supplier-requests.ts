import type { SupplierSaid } from '../core/command/settle.ts'
import type { Core } from '../core/core.ts'
import { loadPoolCodes, revealCode } from '../core/coupon/coupon-code.ts'
import { validityOf } from '../core/issue/make.ts'
import { codeHash } from '../core/keys/hashes.ts'
import { laneIndexOf } from '../core/numbers/numbers.ts'
import { ticketIdOf, type Setup } from '../core/set-up/snapshot.ts'
import { newUseCommand } from '../core/supplier/notice.ts'
import type { AskableSupplier } from '../core/supplier/supplier-of.ts'
import { readOrders, type OrderRow } from '../db/orders.ts'
import { readRedemptions } from '../db/redemptions.ts'
import { claimSupplierRequests, type SupplierRequestRow, readRequestsOfOrder } from '../db/supplier-requests.ts'
import { messageOf } from '../http-out/send.ts'
import type { Hub } from '../hub.ts'
import type {
  ConfirmAnswer,
  ConfirmAsk,
  CouponAnswer,
  CouponAsk,
  MakeAnswer,
  MakeAsk,
  Supplier,
} from '../suppliers/supplier.ts'
import { createAsking, settleCommand, type Asking, type AskingOptions } from './queue.ts'
import type { Question } from './supplier-gate.ts'

const largestClaim = 50
// Few at a time: what holders wait for stands in the same line.
const largestLookUpClaim = 10

/** Asks suppliers about coupons of ours: to make them, to confirm their use, and what became of them. */
export function createSupplierAsking(core: Core, { gate, lanes }: AskingOptions): Asking {
  const { hub } = core
  return createAsking<SupplierRequestRow>(hub, lanes, {
    queue: 'supplier_requests',
    claim: async (tx, claim) => {
      const claimed = await Promise.all([
        claimSupplierRequests(tx, { ...claim, isLookUp: false, limit: largestClaim }),
        claimSupplierRequests(tx, { ...claim, isLookUp: true, limit: largestLookUpClaim }),
      ])
      return claimed.flat()
    },
    fullClaim: largestLookUpClaim,
    handle: async (request) => {
      const heard = await gate.ask(request, (supplier) => questionOf(core, supplier, request))
      if (heard.kind === 'later') return { postponed: request, until: heard.at }
      const said = heard.kind === 'said' ? await saidOf(core, request, heard.said) : heard
      const { lane, no } = request
      await core.settle({ ...settleCommand(hub, request), request: { lane, no }, said })
      return undefined
    },
    listen: core.pending.listen,
  })
}

/** What a supplier answered to a request, as its adapter reads it. */
type Answer =
  | { asked: 'look_up'; answer: CouponAnswer }
  | { asked: 'confirm'; answer: ConfirmAnswer }
  | { asked: 'make'; answer: MakeAnswer }

/** Puts a request together. Rejects where that cannot be. */
async function questionOf(
  core: Core,
  { adapter, settings }: AskableSupplier,
  request: SupplierRequestRow,
): Promise<Question<Answer>> {
  const { now } = core.hub
  const setup = core.setup.current()
  if (request.kind === 'look_up') {
    const ask = await couponAskOf(core, setup, request)
    const teller = required(adapter, adapter.teller)
    return { ask: async (send) => ({ asked: 'look_up', answer: await teller.lookUp(settings, ask, send, now()) }) }
  }
  const maker = required(adapter, adapter.maker)
  if (request.kind === 'confirm') {
    const ask = await confirmAskOf(core, request)
    return { ask: async (send) => ({ asked: 'confirm', answer: await maker.confirm(settings, ask, send) }) }
  }
  const ask = await makeAskOf(core, setup, request)
  return {
    turn: maker.turnOf?.(settings, ask),
    ask: async (send) => ({ asked: 'make', answer: await maker.make(settings, ask, send, now()) }),
  }
}

function required<Part>({ kind }: Supplier, part: Part | undefined): Part {
  if (part === undefined) throw new Error(`a supplier of kind ${kind} cannot be asked that`)
  return part
}

/** What an answer means. Does not reject: what cannot be recorded leaves it unknown, and the supplier is asked again. */
async function saidOf(core: Core, request: SupplierRequestRow, { asked, answer }: Answer): Promise<SupplierSaid> {
  if (asked === 'make') return sealed(core.hub, answer)
  if (asked === 'confirm') return worded(answer)
  try {
    return await lookedUp(core, request, answer)
  } catch (error) {
    const { supplierId, no } = request
    core.hub.log.error(
      { err: error, supplierId, requestNo: no },
      'a use that a supplier tells of could not be recorded',
    )
    return { kind: 'unknown', reason: messageOf(error) }
  }
}

const worded = (answer: ConfirmAnswer): SupplierSaid => {
  if (answer.kind === 'accepted') return { kind: 'accepted', codes: [] }
  if (answer.kind === 'unknown') return answer
  return { kind: 'refused', words: `${answer.message} (${answer.code})`, reason: answer.reason }
}

function sealed({ keyring }: Hub, answer: MakeAnswer): SupplierSaid {
  if (answer.kind !== 'accepted') return worded(answer)
  const codes = answer.codes.map((code) => ({ code, hash: codeHash(keyring, code), cipher: keyring.encrypt(code) }))
  return { kind: 'accepted', codes }
}

// A use is recorded first: should this process die behind that, the supplier is asked again and says the same.
async function lookedUp(
  core: Core,
  { lane, supplierId }: SupplierRequestRow,
  answer: CouponAnswer,
): Promise<SupplierSaid> {
  if (answer.kind === 'unknown') return answer
  // That it does not know the coupon does not say whether it was used: an operator decides in the end.
  if (answer.kind === 'refused') return { kind: 'unknown', reason: `${answer.message} (${answer.code})` }
  if (answer.kind === 'used') await core.recordUse(newUseCommand(core.hub, laneIndexOf(lane), supplierId, answer.use))
  return { kind: 'accepted', codes: [] }
}

async function couponAskOf(core: Core, setup: Setup, request: SupplierRequestRow): Promise<CouponAsk> {
  const { sql } = core.hub.database
  const { lane, orderNo, sourceId, serial, supplierId } = request
  const name = { lane, sourceId: sourceId ?? 0, serial: serial ?? 0 }
  const [order, requests, poolCodes] = await Promise.all([
    orderOf(core, request),
    readRequestsOfOrder(sql, lane, orderNo),
    loadPoolCodes(sql, [name], setup),
  ])
  const made = requests.find(({ kind, state }) => kind === 'make' && state === 'accepted')
  const thirdProductId = setup.templates.get(order.templateId)?.settings.thirdProductId
  return {
    no: made?.no ?? orderNo,
    supplierId,
    code: revealCode(name, setup, poolCodes, core.hub.keyring),
    ...(thirdProductId === undefined ? {} : { thirdProductId }),
    ...(order.openid === null ? {} : { openid: core.hub.keyring.decrypt(order.openid) }),
  }
}

async function orderOf({ hub }: Core, { lane, orderNo }: SupplierRequestRow): Promise<OrderRow> {
  const [order] = await readOrders(hub.database.sql, [{ lane, no: orderNo }])
  if (order === undefined) throw new Error(`order ${orderNo} of a supplier request is missing`)
  return order
}

async function makeAskOf(core: Core, setup: Setup, request: SupplierRequestRow): Promise<MakeAsk> {
  const order = await orderOf(core, request)
  const template = setup.templates.get(order.templateId)
  const ticketId = ticketIdOf(setup, order)
  if (template === undefined || ticketId === undefined) throw new Error(`the template of order ${order.no} is missing`)
  const { thirdProductId } = template.settings
  const { funds, wechatAppId } = order.terms
  return {
    no: request.no,
    orderNo: order.no,
    supplierId: request.supplierId,
    channelId: order.channelId,
    ticketId,
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

async function confirmAskOf(core: Core, request: SupplierRequestRow): Promise<ConfirmAsk> {
  const [redemption] = await readRedemptions(core.hub.database.sql, [
    { lane: request.lane, no: request.redemptionNo ?? '' },
  ])
  if (redemption === undefined) throw new Error(`redemption ${request.redemptionNo} of a supplier request is missing`)
  const { amountFen, merchantNo, shopNo, faceValueFen, createdAt: at, no, detail } = redemption
  const [code = ''] = await core.revealCodes([redemption])
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
