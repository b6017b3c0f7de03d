import type { Tx } from '../../../src/db/client/client.ts'
import { insertRows } from '../../../src/db/client/rows.ts'
import { lakalaPaths } from '../../../src/faces/lakala/index.ts'
import { shoubeiPaths } from '../../../src/faces/shoubei/index.ts'
import type { Keyring } from '../../../src/keyring.ts'
import { world } from '../../support/world.ts'
import type { Fields } from '../partners.ts'
import type { Case, Scene } from './case.ts'

/** What belongs to another merchant, institution or channel. */
export function strangerCases(): Case[] {
  const { wf, quary, cancel, prepareuse } = shoubeiPaths
  const till = (title: string, path: string, hears: string, fields: (scene: Scene) => Fields): Case => ({
    title,
    ask: (scene) => scene.partners.till(path, fields(scene)),
    hears,
  })
  const places: [string, Fields, string][] = [
    ['a shop of another merchant', { shop_no: 'S002' }, '0212 商户或门店不存在(shop_no)'],
    ['a shop that is not there', { shop_no: 'S999' }, '0212 商户或门店不存在(shop_no)'],
    [
      'a merchant of another institution',
      { merchant_no: 'M900', shop_no: 'S900' },
      '0212 商户或门店不存在(merchant_no)',
    ],
    ['a merchant that is switched off', { merchant_no: 'M003', shop_no: 'S003' }, '0213 商户或门店已停用(merchant_no)'],
    ['a shop that is switched off', { shop_no: 'S004' }, '0213 商户或门店已停用(shop_no)'],
  ]
  const byBank = (title: string, fields: Fields, hears: string): Case => ({
    title,
    ask: ({ partners }) =>
      partners.bank(lakalaPaths.query, {
        owner_id: world.channelId,
        mer_order_id: 'KNOWN',
        activity_id: world.activityId,
        ...fields,
      }),
    hears,
  })
  return [
    ...places.flatMap(([title, place, hears]) => [
      ...[wf, prepareuse].map((path) =>
        till(`${path}: ${title}`, path, hears, ({ code }) => ({ coupon_code: code, ...place })),
      ),
      ...[quary, cancel].map((path) => till(`${path}: ${title}`, path, hears, () => ({ wf_trace_no: 'T1', ...place }))),
    ]),
    ...[quary, cancel].map((path) =>
      till(`${path}: another merchant's redemption`, path, '0235 核销记录不存在', ({ orderNo }) => ({
        order_no: orderNo,
        merchant_no: 'M002',
        shop_no: 'S002',
      })),
    ),
    {
      title: 'another institution: its coupon, which is for somebody else',
      ask: ({ partners, code }) => partners.till(wf, { coupon_code: code, ...otherInstitution }, 'other-key'),
      hears: '0233 券码不适用于该门店',
    },
    {
      title: 'another institution: a redemption that is not its own',
      ask: ({ partners, orderNo }) => partners.till(cancel, { order_no: orderNo, ...otherInstitution }, 'other-key'),
      hears: '0235 核销记录不存在',
    },
    till('a coupon that is used', wf, '0227 券码已使用', ({ redeemedCode }) => ({
      coupon_code: redeemedCode,
      wf_trace_no: 'T3',
    })),
    till('a number that is used', wf, '0214 核销流水号重复', ({ code }) => ({ coupon_code: code, wf_trace_no: 'T1' })),
    byBank('an order of another channel', { owner_id: 'OWNER2' }, '200020 订单不存在'),
    byBank('a channel of another app', { owner_id: 'OWNER3' }, '100010 业主不存在'),
  ]
}

const otherInstitution = { inst_no: '990582', merchant_no: 'M900', shop_no: 'S900' }

/** Others at the same hub: a second institution, merchants and shops, channels of the bank and of somebody else. */
export async function addStrangers(tx: Tx, keyring: Keyring): Promise<void> {
  const named = { name: 'Somebody', isEnabled: true, createdAt: new Date(0) }
  const { instNo: acceptorId } = world.shoubei
  await insertRows(tx, 'acceptors', [{ ...named, id: '990582', settings: {} }])
  await insertRows(tx, 'apps', [{ ...named, face: 'shoubei', id: '990582', acceptorId: '990582', settings: {} }])
  const key = { face: 'shoubei', appId: '990582', direction: 'inbound', no: 1, serialNo: null, publicKey: null }
  const secret = keyring.encrypt('other-key')
  await insertRows(tx, 'app_keys', [{ ...key, secret, validFrom: new Date(0), validUntil: null }])
  await insertRows(tx, 'merchants', [
    { ...named, acceptorId, no: 'M002', brand: null },
    { ...named, acceptorId, no: 'M003', brand: null, isEnabled: false },
    { ...named, acceptorId: '990582', no: 'M900', brand: null },
  ])
  await insertRows(tx, 'shops', [
    { ...named, acceptorId, no: 'S002', merchantNo: 'M002', cityId: null },
    { ...named, acceptorId, no: 'S003', merchantNo: 'M003', cityId: null },
    { ...named, acceptorId, no: 'S004', merchantNo: 'M001', cityId: null, isEnabled: false },
    { ...named, acceptorId: '990582', no: 'S900', merchantNo: 'M900', cityId: null },
  ])
  await insertRows(tx, 'channels', [
    { ...named, id: 'OWNER2', settings: {} },
    { ...named, id: 'OWNER3', settings: {} },
  ])
  await insertRows(tx, 'app_channels', [{ face: 'lakala', appId: world.lakala.appid, channelId: 'OWNER2' }])
}
