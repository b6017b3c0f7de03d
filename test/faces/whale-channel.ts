import { expect } from 'vitest'
import { world } from '../support/world.ts'
import type { Fields, Partners } from './partners.ts'
import { channelAppId, envelope, post, signed } from './whale-partner.ts'

export const storeInfo = { mid: world.merchantNo, shopNo: world.shopNo, tid: 'T1', cityId: '310000' }

export const codesIn = (answer: Fields): string[] => {
  const { items } = answer['data'] as { items: { codeDetail: { code: string }[] }[] }
  return items[0]!.codeDetail.map(({ code }) => code)
}

/** A channel that orders and redeems codes over Whale's wire, in signed envelopes. */
export function speakWhale(partners: () => Partners) {
  let sent = 0
  /** A number that was not given yet. */
  const next = (prefix: string): string => `${prefix}${(sent += 1)}`
  /** The same question in the same second would be a replay, so each has a number. */
  const ask = async (action: string, business: Fields, app = channelAppId): Promise<Fields> => {
    const asked = { ...business, asked: (sent += 1) }
    const heard = await post(partners(), signed(envelope(partners(), action, asked, { app_id: app })))
    expect(heard.isSigned).toBe(true)
    return heard.business
  }
  const order = (given: Fields = {}, itemGiven: Fields = {}): Fields => ({
    saleChannelOrderId: next('O'),
    requestId: next('R'),
    item: { ticketId: world.firstTicketId, commissionDate: '0', validDays: 10, ...itemGiven },
    ...given,
  })
  const make = async (given?: Fields, itemGiven?: Fields): Promise<string> =>
    codesIn(await ask('MakeCode', order(given, itemGiven)))[0]!
  const verifying = (code: string, given: Fields = {}): Fields => ({
    code,
    requestId: next('V'),
    storeInfo,
    cashTotalAmount: 10_000,
    ...given,
  })
  const verify = (code: string, given?: Fields) => ask('CodeVerify', verifying(code, given))
  return { ask, order, make, verifying, verify }
}
