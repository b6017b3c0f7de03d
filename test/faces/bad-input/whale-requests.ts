import { testKeys } from '../../support/keys.ts'
import { item, rawRule } from '../../support/rules.ts'
import { world } from '../../support/world.ts'
import type { Answer, Fields, Partners } from '../partners.ts'
import { speakWhale, storeInfo } from '../whale-channel.ts'
import { addWhaleApp, addWhaleApps, channelAppId, envelope, erpAppId, signed } from '../whale-partner.ts'
import { whaleBad, type Case, type Scene, type WhaleScene } from './case.ts'

export const theirAppId = '10002402'

/** A channel with an order and a redemption of its own, and another one; both apps with the bank's key. */
export async function openWhale(partners: Partners): Promise<WhaleScene> {
  await addWhaleApps(partners.core)
  await addWhaleApp(partners.core, theirAppId, { channelIds: ['OWNER2'] })
  const { ask, make, verify, order } = speakWhale(() => partners)
  const code = await make({ saleChannelOrderId: 'MINE' })
  const { orderNo } = await verify(await make(), { requestId: 'USED' })
  const theirs = await ask('MakeCode', order({ saleChannelOrderId: 'THEIRS' }), theirAppId)
  const { items } = theirs['data'] as { items: { codeDetail: { code: string }[] }[] }
  const theirCode = items[0]!.codeDetail[0]!.code
  const used = { code: theirCode, requestId: 'THEIRS', storeInfo, cashTotalAmount: 10_000 }
  const { orderNo: theirOrderNo } = await ask('CodeVerify', used, theirAppId)
  const heard = signed(envelope(partners, 'ChannelTicketQuery', {}, { app_id: channelAppId }))
  await partners.send('/whale', JSON.stringify(heard))
  return { code, orderNo: String(orderNo), theirCode, theirOrderNo: String(theirOrderNo), heard }
}

/** A number as it stands in the JSON, whatever JavaScript would make of it. */
export class Token {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** JSON in which tokens stand as they are written. */
function writeJson(value: unknown): string {
  const texts: string[] = []
  const json = JSON.stringify(value, (_, given: unknown) =>
    given instanceof Token ? `@@${texts.push(given.text) - 1}@@` : given,
  )
  return json.replaceAll(/"@@(\d+)@@"/g, (_, index) => texts[Number(index)]!)
}

type Side = 'channel' | 'backOffice'

/** Sends business fields, or the bytes of what should be some, in an envelope that is signed rightly. */
export function sendBusiness(
  { partners }: Scene,
  action: string,
  business: Fields | string | Buffer,
  given: Fields = {},
  side: Side = sideOf(action),
): Promise<Answer> {
  const isBytes = typeof business === 'string' || Buffer.isBuffer(business)
  const content = Buffer.from(isBytes ? business : writeJson(business)).toString('base64')
  const who = { app_id: side === 'channel' ? channelAppId : erpAppId, biz_content: content }
  const body = signed(envelope(partners, action, {}, { ...who, ...given }), testKeys().bank.privateKeyPem)
  return partners.send('/whale', JSON.stringify(body))
}

const sideOf = (action: string): Side => (/^[A-Z]/.test(action) ? 'channel' : 'backOffice')

/** A request of a face that is right in everything. */
export const right: Record<string, (scene: Scene) => Fields> = {
  MakeCode: () => ({ saleChannelOrderId: 'NEW', item: { ticketId: world.firstTicketId, validDays: 10 } }),
  MakeQuery: () => ({ originalChannelOrderId: 'MINE' }),
  CodeVerify: ({ whale }) => ({ code: whale.code, requestId: 'NEW', storeInfo, cashTotalAmount: 10_000 }),
  CodeVerifyQuery: () => ({ originalRequestId: 'USED' }),
  CodeVerifyVoid: () => ({ originalRequestId: 'USED' }),
  BatchCodeUpdate: ({ whale }) => ({ optTag: 'B2', codeArray: [whale.code] }),
  ChannelTicketQuery: () => ({}),
  makeNotifyQuery: () => ({ saleChannelOrderId: 'MINE' }),
  makeNotifyRetry: () => ({ saleChannelOrderId: 'MINE' }),
  verifyNotifyQuery: () => ({ saleChannelOrderId: 'MINE' }),
  activityInsert: () => ({
    activityName: '活动',
    ebuyActivityId: 'NEW',
    saleChannelId: world.channelId,
    validStart: '20260301000000',
    validEnd: '20260401000000',
  }),
  saleChanneInsert: () => ({ saleChannelName: '银行' }),
  sendChanneInsert: () => ({ sendChannelName: '资和信', sendChannelConfig: { thirdChannelNo: 'M000001545' } }),
  templateInsert: () => ({
    templateName: '券',
    sendChannelId: 1,
    brandId: 686,
    productId: 12345,
    ticketType: 1,
    faceValue: '000000003000',
    sendType: '1',
  }),
  createRule: () => ({
    ...rawRule('PosTidLimit', { limitWay: 'Q', limitType: 'W', limitItems: [item('T1', { limitMaxDay: 1 })] }),
    ruleSceneItemKey: world.activityId,
  }),
}

/** The same, with another value at a path (`item.codeNum`, `limitItems[0].limitKey`). */
export function withValue(fields: Fields, path: string, value: unknown): Fields {
  const copy = structuredClone(fields)
  const names = path.split(/[.[\]]+/).filter((name) => name !== '')
  let place = copy as Record<string, unknown>
  for (const name of names.slice(0, -1)) place = (place[name] ??= {}) as Record<string, unknown>
  place[names.at(-1)!] = value
  return copy
}

/** A request that is right but for one field. */
export const wrongField = (action: string, path: string, value: unknown, why: string, fields: Fields = {}): Case => ({
  title: `${action} ${path} ${writeJson(value ?? null)}`.slice(0, 120),
  ask: (scene) => sendBusiness(scene, action, withValue({ ...right[action]!(scene), ...fields }, path, value)),
  hears: `${whaleBad}${path}${why}`,
})
