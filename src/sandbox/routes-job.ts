import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { TillAnswer } from '../../simulators/shoubei-till.ts'
import { douyinPaths } from '../../simulators/douyin.ts'
import { requireTrue, type Stage } from './stage.ts'
import { postControl } from './inbox.ts'

/** What the demonstration leaves behind: the redemption of Douyin's code that stands. */
type RoutesJob = { redemptionNo: string; code: string }

const douyin = '10003'
const meituan = '10004'

/**
 * Coupons of Douyin and Meituan at a till of ours: asked for, used once, taken back, and used again over an answer that
 * was lost. Throws an Error where the till hears anything but what its document promises.
 */
export async function playRoutesJob(stage: Stage): Promise<RoutesJob> {
  const code = await newCode(stage.douyinUrl)
  await prepare(stage, code)
  const first = await redeem(stage, 'Till     redeems Douyin’s coupon over Shoubei’s wire', code, douyin)
  await beRefused(stage, code)
  await cancel(stage, first)
  const redemptionNo = await redeemInDoubt(stage, code)
  await redeem(stage, 'Till     redeems Meituan’s coupon', await newCode(stage.meituanUrl), meituan)
  return { redemptionNo, code }
}

const codeSchema = z.object({ code: z.string() })

const newCode = async (supplierUrl: string): Promise<string> =>
  codeSchema.parse(await postControl(`${supplierUrl}/codes`, { state: 'unused' })).code

function requireSuccess({ body, isSignatureValid, text }: TillAnswer) {
  requireTrue(body?.['result_code'] === 'SUCCESS' && isSignatureValid, text)
  return body
}

function prepare({ play, till }: Stage, code: string): Promise<void> {
  return play('Till     asks whether a coupon of Douyin’s could be used', async () => {
    const body = requireSuccess(await till.prepare({ code, channelType: douyin }))
    return { detail: `${String(body['coupon_name'])}, ${String(body['amount'])} fen`, result: undefined }
  })
}

function redeem({ play, till }: Stage, title: string, code: string, channelType: string): Promise<string> {
  return play(title, async () => {
    const body = requireSuccess(await till.redeem({ code, channelType, amount: '10000', realAmount: '7000' }))
    return { detail: `SUCCESS, redemption ${String(body['order_no'])}`, result: String(body['order_no']) }
  })
}

function beRefused({ play, till }: Stage, code: string): Promise<void> {
  return play('Till     tries the same coupon once more', async () => {
    const { body, isSignatureValid, text } = await till.redeem({ code, channelType: douyin })
    requireTrue(body?.['result_code'] === 'FAIL' && isSignatureValid, text)
    return { detail: `${String(body['return_code'])} ${String(body['return_msg'])}`, result: undefined }
  })
}

function cancel({ play, till }: Stage, orderNo: string): Promise<void> {
  return play('Till     takes the redemption back, at Douyin too', async () => {
    const body = requireSuccess(await till.cancel({ orderNo }))
    return { detail: `${String(body['status'])} at ${String(body['cancel_time'])}`, result: undefined }
  })
}

/** Douyin does what it is asked and its answers are lost, twice: the till is told to ask, and asks until it knows. */
function redeemInDoubt({ play, till, douyinUrl }: Stage, code: string): Promise<string> {
  return play('Till     redeems it again, while Douyin’s answers are lost', async () => {
    await postControl(`${douyinUrl}/mode`, { path: douyinPaths.verify, mode: '500', times: 2 })
    const { body, sent, text } = await till.redeem({ code, channelType: douyin })
    // Where waits are divided, the third answer comes while the till still waits.
    requireTrue(body?.['result_code'] === 'SUCCESS' || body?.['return_msg'] === '系统繁忙，请查询', text)
    const told = await askUntilKnown(till.query, String(sent['wf_trace_no']))
    const detail = `${String(body['return_msg'])}; its query says ${String(told['status'])}: used once`
    return { detail, result: String(told['order_no']) }
  })
}

const patienceMilliseconds = 30_000
const pauseMilliseconds = 500

async function askUntilKnown(query: Stage['till']['query'], traceNo: string) {
  for (let waited = 0; waited < patienceMilliseconds; waited += pauseMilliseconds) {
    const { body, text } = await query({ traceNo })
    if (body?.['status'] === 'SUCCESS') return body
    requireTrue(body?.['status'] === 'PENDING', text)
    await sleep(pauseMilliseconds)
  }
  throw new Error(`redemption ${traceNo} was not settled within ${patienceMilliseconds / 1000} s`)
}
