import { createPrivateKey, randomUUID, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { makeNonce, linesToSign } from '../simulators/lakala-signature.ts'
import { toShanghaiDigits } from '../simulators/shanghai-time.ts'
import { signShoubei } from '../simulators/shoubei-signature.ts'
import { lakalaPaths } from '../src/faces/lakala/index.ts'
import { shoubeiPaths } from '../src/faces/shoubei/index.ts'
import { testKeys } from '../test/support/keys.ts'
import { world } from '../test/support/world.ts'

/** Where redemptions are told in benches in which nobody is told. */
export const silentAddress = 'https://bank.example.com/write-off'

const signInThreadPool = promisify(sign)

/**
 * Requests to issue the hot template, as the bytes that go over the wire: each with an order number, a member and a
 * nonce of its own, signed now, and good for five minutes.
 */
export async function makeIssueRequests(count: number): Promise<Buffer[]> {
  const privateKey = createPrivateKey(testKeys().bank.privateKeyPem)
  const requests: Buffer[] = []
  const portion = 500
  for (let first = 0; first < count; first += portion) {
    const size = Math.min(portion, count - first)
    requests.push(...(await Promise.all(Array.from({ length: size }, (_, i) => issueRequest(first + i)))))
  }
  return requests

  async function issueRequest(index: number): Promise<Buffer> {
    const { appid, serialNo } = world.lakala
    const body = issueBody(index)
    const timestamp = String(Math.floor(Date.now() / 1000))
    const nonce = makeNonce()
    const signature = await signInThreadPool(
      'sha256',
      linesToSign([appid, serialNo, timestamp, nonce], body),
      privateKey,
    )
    const authorization =
      `LKLAPI-SHA256withRSA appid="${appid}",serial_no="${serialNo}",timestamp="${timestamp}",` +
      `nonce_str="${nonce}",signature="${signature.toString('base64')}"`
    return post(lakalaPaths.issue, body, [`Authorization: ${authorization}`])
  }
}

const issueBody = (index: number): string =>
  JSON.stringify({
    member_id: `${world.memberPrefix}${String(index).padStart(13, '0')}`,
    activity_id: world.activityId,
    owner_id: world.channelId,
    promotion_id: world.templates.normal,
    channel_openid: `o${String(index).padStart(27, '0')}`,
    mer_order_id: `${toShanghaiDigits(new Date())}${String(index).padStart(10, '0')}`,
    writeOffNotify: silentAddress,
  })

/** Requests to redeem these codes, each under a number of its own. */
export function makeRedeemRequests(codes: string[]): Buffer[] {
  const { shoubei, merchantNo: merchant_no, shopNo: shop_no } = world
  const now = new Date()
  return codes.map((coupon_code) => {
    const fields = {
      inst_no: shoubei.instNo,
      merchant_no,
      shop_no,
      ts: toShanghaiDigits(now),
      coupon_code,
      amount: '10000',
      real_amount: '7000',
      wf_trace_no: randomUUID().replaceAll('-', ''),
    }
    return post(shoubeiPaths.wf, JSON.stringify({ ...fields, sign: signShoubei(fields, shoubei.key) }), [])
  })
}

function post(path: string, body: string, headers: string[]): Buffer {
  const lines = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`)
}
