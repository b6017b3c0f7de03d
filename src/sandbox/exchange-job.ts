import { z } from 'zod'
import type { MerchantAnswer } from '../../simulators/exchange-merchant.ts'
import { codesProductCode } from './exchange-world.ts'
import { requireTrue, type Stage } from './stage.ts'
import { postControl, waitInInbox } from './inbox.ts'

/** What the demonstration leaves behind: the order of the coupon that was used. */
type ExchangeJob = { orderNo: string; openid: string; couponId: string }

const reportSchema = z.object({
  body: z.looseObject({
    orderCode: z.string(),
    status: z.number(),
    message: z.string(),
    couponId: z.string().nullish(),
  }),
  isSignatureValid: z.boolean(),
})
type Report = z.infer<typeof reportSchema>

/**
 * Exchange's wire with WeChat Pay behind it: a bank's page learns a holder's openid, a merchant orders a cash coupon for
 * it, the holder pays with it, and everyone hears. Throws an Error where a partner hears anything but what its document
 * promises.
 */
export async function playExchangeJob(stage: Stage): Promise<ExchangeJob> {
  const openid = await learnOpenid(stage)
  const orderNo = await order(stage, openid)
  const couponId = await hearOfOrder(stage, orderNo)
  await payWithIt(stage, couponId)
  await hearOfUse(stage, orderNo)
  await query(stage, orderNo)
  await buyCodes(stage)
  return { orderNo, openid, couponId }
}

const inWechat = { 'user-agent': 'Mozilla/5.0 (iPhone) MicroMessenger/8.0.49' }

/** Where a page sends a browser on to. */
async function redirectOf(url: string): Promise<string> {
  const answer = await fetch(url, { headers: inWechat, redirect: 'manual' })
  const location = answer.headers.get('location')
  if (location === null) throw new Error(`${url} leads nowhere: HTTP ${answer.status}`)
  return location
}

function learnOpenid({ play, sandbox: { url, wechat } }: Stage): Promise<string> {
  return play('Holder   comes from the bank’s page in WeChat, and goes back to it with an openid', async () => {
    const wayBack = `https://${wechat.allowedHost}/coupons?id=7`
    const start = `${url}${wechat.deliverPath}?wmcb=${encodeURIComponent(wayBack)}`
    const back = await redirectOf(await redirectOf(await redirectOf(start)))
    const openid = new URL(back).searchParams.get('openid') ?? ''
    requireTrue(back === `${wayBack}&openid=${openid}&from=dshy` && openid !== '', back)
    return { detail: back, result: openid }
  })
}

function requireAccepted({ body, data, isSignatureValid, text }: MerchantAnswer) {
  const isAccepted = z.object({ status: z.literal(0) }).safeParse(body).success
  requireTrue(isAccepted && isSignatureValid && data !== undefined, text)
  return data
}

function order({ play, merchant, merchantUrl, sandbox: { exchange } }: Stage, openId: string): Promise<string> {
  return play('Merchant orders a cash coupon of WeChat Pay’s for it, signed', async () => {
    const { productCode, activityId } = exchange
    const callbackUrl = `${merchantUrl}/exchange/report`
    const data = requireAccepted(await merchant.orderWechatCoupon({ productCode, activityId, openId, callbackUrl }))
    const { orderCode, settlementPrice } = data
    return { detail: `order ${String(orderCode)}, ${String(settlementPrice)} yuan`, result: String(orderCode) }
  })
}

const waitForReport = ({ merchantUrl }: Stage, what: string, isMeant: (report: Report) => boolean): Promise<Report> =>
  waitInInbox(`${merchantUrl}/inbox`, reportSchema, what, isMeant)

function hearOfOrder(stage: Stage, orderNo: string): Promise<string> {
  return stage.play('Merchant hears that the coupon is in the holder’s wallet', async () => {
    const isMeant = ({ body }: Report): boolean => body.orderCode === orderNo && body.status === 2
    const { body, isSignatureValid } = await waitForReport(stage, 'the status report', isMeant)
    requireTrue(isSignatureValid && typeof body.couponId === 'string', JSON.stringify(body))
    return { detail: `status 2, coupon ${body.couponId}; the hub’s signature holds`, result: body.couponId }
  })
}

function payWithIt({ play, sandbox: { wechat } }: Stage, couponId: string): Promise<void> {
  return play('Holder   pays 100.00 yuan with it in WeChat', async () => {
    await postControl(`${wechat.simulatorUrl}/control/use`, {
      coupon_id: couponId,
      mchid: '1900000109',
      amount: 10_000,
    })
    return { detail: 'WeChat Pay tells the hub, sealed and signed', result: undefined }
  })
}

function hearOfUse(stage: Stage, orderNo: string): Promise<void> {
  return stage.play('Merchant hears that it was used', async () => {
    const isMeant = ({ body }: Report): boolean => body.orderCode === orderNo && body.message === '已核销'
    const { body, isSignatureValid } = await waitForReport(stage, 'the report of the use', isMeant)
    requireTrue(isSignatureValid, JSON.stringify(body))
    return { detail: `status ${body.status}, ${body.message}`, result: undefined }
  })
}

function query({ play, merchant }: Stage, orderCode: string): Promise<void> {
  return play('Merchant asks for the order', async () => {
    const data = requireAccepted(await merchant.query({ orderCode }))
    return { detail: JSON.stringify(data), result: undefined }
  })
}

function buyCodes({ play, merchant, sandbox: { exchange } }: Stage): Promise<void> {
  return play('Merchant buys two codes of the hub’s own, encrypted to its key', async () => {
    const { activityId } = exchange
    const answer = await merchant.orderCodes({ productCode: codesProductCode, activityId, num: 2 })
    requireAccepted(answer)
    requireTrue(answer.codes.length === 2, answer.text)
    return { detail: `decrypted: ${answer.codes.join(', ')}`, result: undefined }
  })
}
