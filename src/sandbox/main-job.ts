import type { Callback } from './inbox.ts'
import { requireTrue, type Stage } from './stage.ts'

/** What the demonstration leaves behind. */
type MainJob = { code: string; orderNo: string }

/**
 * The main job: a coupon is issued over Lakala's wire, redeemed over Shoubei's, and everyone is told. Throws an Error
 * where a partner hears anything but what its document promises.
 */
export async function playMainJob(stage: Stage): Promise<MainJob> {
  const issued = await issue(stage)
  await hearOfIssue(stage, issued.orderNo)
  await prepare(stage, issued.code)
  await redeem(stage, issued.code)
  await hearOfRedemption(stage, issued.orderNo)
  await query(stage, issued)
  return issued
}

function issue({ play, bank, inbox, sandbox }: Stage): Promise<MainJob & { merchantOrderId: string }> {
  return play('Lakala   the bank orders a coupon for its member, signed', async () => {
    const { data, sent, isSignatureValid, text } = await bank.issue({
      promotionId: sandbox.lakala.promotionId,
      writeOffNotify: inbox.usedUrl,
      postNotify: inbox.issuedUrl,
    })
    requireTrue(data?.['trade_status'] === 'SUCCESS' && isSignatureValid, text)
    const code = String(data['third_coupon_id'])
    const orderNo = String(data['trade_no'])
    const detail = `SUCCESS, coupon ${code}, order ${orderNo}; the hub's signature holds`
    return { detail, result: { code, orderNo, merchantOrderId: sent['mer_order_id']! } }
  })
}

function hearOfIssue({ play, inbox }: Stage, orderNo: string): Promise<void> {
  return play('Lakala   the issue callback arrives', async () => {
    const callback = await inbox.waitFor('the issue callback', ({ body }) => body['callTradeNo'] === orderNo)
    requireTrue(callback.isHeaderSignatureValid && callback.isBodySignatureValid === true, describe(callback))
    const { tradeStatus, amount } = callback.body
    return { detail: `${tradeStatus}, ${amount} yuan; header and body signatures hold`, result: undefined }
  })
}

function prepare({ play, till }: Stage, code: string): Promise<void> {
  return play('Shoubei  the till asks whether the coupon could be used', async () => {
    const { body, isSignatureValid, text } = await till.prepare({ code })
    requireTrue(body?.['result_code'] === 'SUCCESS' && isSignatureValid, text)
    return { detail: `${String(body['coupon_name'])}, valid until ${String(body['valid_end'])}`, result: undefined }
  })
}

function redeem({ play, till }: Stage, code: string): Promise<void> {
  return play('Shoubei  the till redeems it: 100.00 yuan, the holder pays 70.00', async () => {
    const { body, isSignatureValid, text } = await till.redeem({ code, amount: '10000', realAmount: '7000' })
    requireTrue(body?.['result_code'] === 'SUCCESS' && isSignatureValid, text)
    return { detail: `SUCCESS, redemption ${String(body['order_no'])}`, result: undefined }
  })
}

function hearOfRedemption({ play, inbox }: Stage, orderNo: string): Promise<void> {
  return play('Lakala   the write-off callback arrives', async () => {
    const isMeant = ({ body }: Callback): boolean => body['trade_no'] === orderNo && body['tradeStatus'] === 'USED'
    const callback = await inbox.waitFor('the write-off callback', isMeant)
    requireTrue(callback.isHeaderSignatureValid, describe(callback))
    const { promo_amount, org_amount, gmt_used } = callback.body
    return {
      detail: `USED at ${gmt_used}: ${promo_amount} of ${org_amount} fen; the signature holds`,
      result: undefined,
    }
  })
}

function query(
  { play, bank }: Stage,
  { merchantOrderId, orderNo }: MainJob & { merchantOrderId: string },
): Promise<void> {
  return play('Lakala   the bank queries its order', async () => {
    const { data, isSignatureValid, text } = await bank.query({ merchantOrderId, tradeNo: orderNo })
    requireTrue(data?.['tradeStatus'] === 'USED' && isSignatureValid, text)
    return {
      detail: `${String(data['trade_status'])}, ${data['tradeStatus']} at ${String(data['gmt_used'])}`,
      result: undefined,
    }
  })
}

const describe = (callback: Callback): string => JSON.stringify(callback)
