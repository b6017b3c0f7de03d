import { randomInt } from 'node:crypto'
import { z } from 'zod'
import type { WhaleAnswer } from '../../simulators/whale-client.ts'
import { requireTrue, type Stage } from './stage.ts'
import { accepted, setUpOverTheWire, type Offer } from './whale-set-up.ts'
import { waitInInbox } from './inbox.ts'

/** What the demonstration leaves behind: the number of the refusal that it played, and the code that was refused. */
type WhaleJob = { refusalNo: string; code: string }

const notificationSchema = z.object({
  action: z.string(),
  biz: z.record(z.string(), z.unknown()),
  isSignatureValid: z.boolean(),
})
const messageSchema = z.object({ mobile: z.string(), text: z.string() })

/**
 * Whale's wire from one end to the other: an ERP sets up an activity with rules, a channel makes codes of the hub's own
 * and of an ESB, the holder gets a message, the till gives a discount, a limit is reached and given back. Throws an
 * Error where a partner hears anything but what its document promises.
 */
export async function playWhaleJob(stage: Stage): Promise<WhaleJob> {
  const offer = await setUpOverTheWire(stage)
  const own = await makeOwn(stage, offer)
  await readMessage(stage, own)
  const bought = await makeBought(stage, offer)
  const cardNo = `622588${String(randomInt(10 ** 10)).padStart(10, '0')}`
  const redeemed = await verify(stage, own.code, cardNo)
  await hearOfIt(stage, own.code)
  const refusalNo = await beRefused(stage, bought, cardNo)
  await takeBack(stage, redeemed)
  await verifyAgain(stage, bought, cardNo)
  await voidIt(stage, own.code)
  return { refusalNo, code: bought }
}

const madeSchema = z.object({
  data: z.object({
    tradeNo: z.string(),
    items: z.array(z.object({ codeDetail: z.array(z.object({ code: z.string() })) })),
  }),
})

function codeOf(answer: WhaleAnswer): string {
  const { data } = madeSchema.parse(accepted(answer))
  return data.items[0]!.codeDetail[0]!.code
}

const funds = { channelBenefit: 1_000, merchantBenefit: 500, userRealAmount: 1_500 }

type Own = { code: string; mobile: string }

function makeOwn({ play, channel }: Stage, { ownTicketId }: Offer): Promise<Own> {
  return play('Channel  orders a code of the hub’s own, and a message to its holder', async () => {
    const mobile = `135${String(randomInt(10 ** 8)).padStart(8, '0')}`
    const item = { ticketId: ownTicketId, validDays: 30, makeFundsChannel: funds }
    const code = codeOf(await channel.makeCode({ notifyType: { mobilePhone: mobile }, item }))
    return { detail: `code ${code}, valid for 30 days`, result: { code, mobile } }
  })
}

function readMessage({ play, sandbox }: Stage, { mobile, code }: Own): Promise<void> {
  return play('Holder   gets the code by short message', async () => {
    const isMeant = (message: z.infer<typeof messageSchema>): boolean => message.mobile === mobile
    const { text } = await waitInInbox(sandbox.sms.inboxUrl, messageSchema, 'the message', isMeant)
    requireTrue(text.includes(code), text)
    return { detail: text, result: undefined }
  })
}

function makeBought({ play, channel }: Stage, { boughtTicketId }: Offer): Promise<string> {
  return play('Channel  orders a code that the ESB makes', async () => {
    const item = { ticketId: boughtTicketId, validDays: 30, makeFundsChannel: funds }
    const code = codeOf(await channel.makeCode({ item }))
    return { detail: `code ${code}`, result: code }
  })
}

const goodsDetail = [
  { sku: '111', qty: 2, price: 8_000 },
  { sku: '222', qty: 1, price: 4_500 },
]
const cashTotalAmount = 20_500

function verify({ play, channel }: Stage, code: string, cardNo: string): Promise<string> {
  return play('Till     redeems it in a cart of 205.00 yuan: 满100减20, twice', async () => {
    const answer = await channel.codeVerify({ code, cardNo, goodsDetail, cashTotalAmount })
    const body = accepted(answer)
    const { fundsChannel } = z.object({ fundsChannel: z.record(z.string(), z.unknown()) }).parse(body['data'])
    requireTrue(fundsChannel['discountAmount'] === 4_000, answer.text)
    const detail = `40.00 yuan off; redemption ${String(body['orderNo'])}`
    return { detail, result: String(answer.sent['requestId']) }
  })
}

function hearOfIt({ play, channelUrl }: Stage, code: string): Promise<void> {
  return play('Channel  hears of it, signed', async () => {
    const isMeant = ({ action, biz }: z.infer<typeof notificationSchema>): boolean =>
      action === 'VerifyCodeNotify' && biz['code'] === code
    const inboxUrl = `${channelUrl}/inbox`
    const { isSignatureValid, biz } = await waitInInbox(inboxUrl, notificationSchema, 'the notification', isMeant)
    requireTrue(isSignatureValid, JSON.stringify(biz))
    return { detail: 'VerifyCodeNotify; the hub’s signature holds', result: undefined }
  })
}

function beRefused({ play, channel }: Stage, code: string, cardNo: string): Promise<string> {
  return play('Till     tries another code with the same card: the limit is reached', async () => {
    const { body, isSignatureValid, text } = await channel.codeVerify({ code, cardNo, goodsDetail, cashTotalAmount })
    const { returnCode, returnMsg, refusalNo } = body ?? {}
    requireTrue(returnCode !== '00' && isSignatureValid && typeof refusalNo === 'string', text)
    return { detail: `${String(returnCode)} ${String(returnMsg)}`, result: refusalNo }
  })
}

function takeBack({ play, channel }: Stage, originalRequestId: string): Promise<void> {
  return play('Till     takes the first redemption back, and the limit with it', async () => {
    accepted(await channel.codeVerifyVoid({ originalRequestId }))
    return { detail: 'the coupon may be used again', result: undefined }
  })
}

function verifyAgain({ play, channel }: Stage, code: string, cardNo: string): Promise<void> {
  return play('Till     redeems the ESB’s code with that card', async () => {
    const body = accepted(await channel.codeVerify({ code, cardNo, goodsDetail, cashTotalAmount }))
    return { detail: `redemption ${String(body['orderNo'])}`, result: undefined }
  })
}

function voidIt({ play, channel }: Stage, code: string): Promise<void> {
  return play('Channel  voids the code that it does not need', async () => {
    const body = accepted(await channel.batchCodeUpdate({ optTag: 'B1', codeArray: [code] }))
    const { successCodeNum } = z.object({ successCodeNum: z.number() }).parse(body['data'])
    requireTrue(successCodeNum === 1, JSON.stringify(body))
    return { detail: '1 of 1', result: undefined }
  })
}
