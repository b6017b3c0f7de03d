import { randomInt } from 'node:crypto'
import { z } from 'zod'
import type { WhaleAnswer } from '../../simulators/whale-client.ts'
import { requireTrue, type Stage } from './stage.ts'

/** The tickets that the demonstration's own activity has: of codes that the hub makes, and of an ESB's. */
export type Offer = { ownTicketId: number; boughtTicketId: number }

const window = { startTime: '20260101000000', endTime: '20361231235959' }

/** Sets up an activity of its own over the wire, as an ERP does: suppliers, templates, rules. */
export async function setUpOverTheWire(stage: Stage): Promise<Offer> {
  const id = String(randomInt(10 ** 9, 10 ** 10))
  const products = await addTemplates(stage, id)
  await addActivity(stage, id, products)
  await addRules(stage, id)
  return findTickets(stage, id, products)
}

type Products = { own: number; bought: number }

function addTemplates({ play, erp, sandbox }: Stage, id: string): Promise<Products> {
  return play('ERP      creates a supplier of codes, and two templates', async () => {
    const makeCodeURL = sandbox.esb.inboxUrl.replace(/\/inbox$/, '/make')
    const bySupplier = { thirdChannelNo: 'M000001545', makeCodeURL }
    const made = await erp.sendChanneInsert({ sendChannelName: `演示制码方 ${id}`, sendChannelConfig: bySupplier })
    const own = await erp.sendChanneInsert({
      sendChannelName: '券枢自制',
      sendChannelConfig: { thirdChannelNo: 'SELF' },
    })
    const template = { brandId: 686, ticketType: 3, sendType: 1, faceValue: '000000003000' }
    const products = { own: Number(`1${id}`), bought: Number(`2${id}`) }
    const idOf = (body: Record<string, unknown>): number => Number(body['sendChannelId'])
    const templates = [
      { productId: products.own, sendChannelId: idOf(accepted(own)), templateName: '演示咖啡券 30 元' },
      { productId: products.bought, sendChannelId: idOf(accepted(made)), templateName: '演示咖啡券 30 元（制码方）' },
    ]
    for (const one of templates) accepted(await erp.templateInsert({ ...template, ...one }))
    return { detail: `products ${products.own} and ${products.bought}`, result: products }
  })
}

function addActivity({ play, erp, sandbox, channelUrl }: Stage, id: string, products: Products): Promise<void> {
  return play('ERP      creates an activity with both for its channel', async () => {
    const activityConfig = { productIds: Object.values(products), verifyNotifyURL: `${channelUrl}/whale/verify` }
    const validity = { validStart: window.startTime, validEnd: window.endTime }
    const { saleChannelId } = sandbox.whale
    const fields = { activityName: '演示活动', ebuyActivityId: id, saleChannelId, ...validity, activityConfig }
    accepted(await erp.activityInsert(fields))
    return { detail: `activity ${id} for channel ${saleChannelId}`, result: undefined }
  })
}

function addRules({ play, erp }: Stage, id: string): Promise<void> {
  return play('ERP      creates two rules: 满100减20 stacking, and each card once a day', async () => {
    const rule = { ruleScenceKey: 'activity', ruleSceneItemKey: id, ruleScene: 'verify', ...window }
    const offer = { limitMinAmount: 100, amountOff: 20, superposition: 1 }
    const none = { limitMaxWeek: 0, limitMaxMonth: 0, limitMaxYear: 0, limitMaxTotal: 0 }
    const limitItems = [{ limitKey: '*', limitMaxDay: 1, ...none, ...window }]
    const rules = [
      { ruleName: '满100减20', ruleKey: 'BuyGet', ruleValue: offer, messageTpl: '满100元可用' },
      {
        ruleName: '每卡每日一次',
        ruleKey: 'CardNoLimit',
        ruleValue: { limitWay: 'Q', limitType: 'W', limitItems },
        messageTpl: '{ruleName}：今日已用 {used}/{max}',
      },
    ]
    for (const one of rules) accepted(await erp.createRule({ ...rule, ...one }))
    return { detail: rules.map(({ ruleName }) => ruleName).join(', '), result: undefined }
  })
}

const ticketsSchema = z.array(
  z.object({ ticketId: z.number(), activityId: z.string(), productId: z.union([z.number(), z.string()]) }),
)

function findTickets({ play, channel }: Stage, id: string, products: Products): Promise<Offer> {
  return play('Channel  asks which tickets it may order', async () => {
    const body = accepted(await channel.channelTicketQuery())
    const { tickets } = z.object({ tickets: ticketsSchema }).parse(body['data'])
    const ticketOf = (productId: number): number | undefined =>
      tickets.find((ticket) => ticket.activityId === id && ticket.productId === productId)?.ticketId
    const [ownTicketId, boughtTicketId] = [ticketOf(products.own), ticketOf(products.bought)]
    requireTrue(ownTicketId !== undefined && boughtTicketId !== undefined, JSON.stringify(body))
    return { detail: `${ownTicketId} and ${boughtTicketId}`, result: { ownTicketId, boughtTicketId } }
  })
}

/** The body of an answer that says yes, signed. */
export function accepted({ body, isSignatureValid, text }: WhaleAnswer): Record<string, unknown> {
  requireTrue(body?.['returnCode'] === '00' && isSignatureValid, text)
  return body
}
