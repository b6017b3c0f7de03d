import { shoubeiPaths } from '../../../src/faces/shoubei/index.ts'
import type { Fields } from '../partners.ts'
import { codeCases, idCases, shoubeiBad, type Case, type Scene } from './case.ts'

/** Shoubei fields that are missing, too long, of a wrong type or of wrong characters. */
export function shoubeiFieldCases(): Case[] {
  const { wf, quary, query, cancel, prepareuse } = shoubeiPaths
  const ask = (path: string, name: string) => (value: unknown) => (scene: Scene) =>
    scene.partners.till(path, { coupon_code: scene.code, wf_trace_no: 'T2', [name]: value })
  const ofTill = (path: string) => [
    ...idCases('merchant_no', 32, true, shoubeiBad, ask(path, 'merchant_no')),
    ...idCases('shop_no', 32, true, shoubeiBad, ask(path, 'shop_no')),
  ]
  const odd: [string, string, unknown, string][] = [wf, prepareuse].flatMap(
    (path): [string, string, unknown, string][] => [
      [path, 'couponCode', 'ANOTHER', 'couponCode: differs from coupon_code'],
      [path, 'channel_type', '1000', 'channel_type: must be five digits'],
      [path, 'channel_type', '100001', 'channel_type: must be five digits'],
      [path, 'channel_type', 'ABCDE', 'channel_type: must be five digits'],
      [path, 'channel_type', 1000, 'channel_type: must be five digits'],
      [path, 'exc_discount_flag', '2', 'exc_discount_flag: must be 0 or 1'],
      [path, 'exc_discount_flag', true, 'exc_discount_flag: must be a string'],
    ],
  )
  return [
    ...[wf, quary, query, cancel, prepareuse].flatMap(ofTill),
    ...[wf, prepareuse].flatMap((path) => codeCases('coupon_code', 32, true, shoubeiBad, ask(path, 'coupon_code'))),
    ...[quary, query].flatMap((path) => codeCases('coupon_code', 32, false, shoubeiBad, ask(path, 'coupon_code'))),
    ...[quary, query, cancel].flatMap((path) => idCases('order_no', 32, false, shoubeiBad, ask(path, 'order_no'))),
    ...[wf, quary, query, cancel].flatMap((path) =>
      idCases('wf_trace_no', 64, false, shoubeiBad, ask(path, 'wf_trace_no')),
    ),
    ...odd.map(([path, name, value, why]): Case => ({
      title: `${path} ${name} ${String(value)}`,
      ask: ask(path, name)(value),
      hears: shoubeiBad + why,
    })),
    ...[quary, query, cancel].map((path): Case => ({
      title: `${path}: nothing to find it by`,
      ask: ({ partners }) => partners.till(path, {}),
      hears: `${shoubeiBad}order_no: is missing`,
    })),
  ]
}

export const noAmounts = [
  '-1',
  '1e3',
  '0x10',
  ' 1',
  '1 ',
  '1.5',
  '1.0',
  '000100',
  '00',
  '+1',
  '1,000',
  '１',
  '12345678901234567',
  '9999999999999999',
]
export const noAmountNumbers = ['-1', '-0', '1e3', '1E3', '1.5', '1.0', '12345678901234567']

/** Amounts that are none, as strings and as numbers. */
export function amountCases(): Case[] {
  const why = 'must be an amount in fen'
  const text = (path: string, name: string, value: string): Case => ({
    title: `${path} ${name} "${value}"`,
    ask: ({ partners, code }) => partners.till(path, { coupon_code: code, amount: '1', [name]: value }),
    hears: `${shoubeiBad}${name}: ${why}`,
  })
  // A number is signed as it was written, so the sign of its text holds.
  const token = (path: string, name: string, value: string): Case => ({
    title: `${path} ${name} ${value}`,
    ask: ({ partners, code }) => {
      const signed = JSON.stringify(partners.signed({ coupon_code: code, amount: '1', [name]: value }))
      return partners.send(path, signed.replace(`"${name}":"${value}"`, `"${name}":${value}`))
    },
    hears: `${shoubeiBad}${name}: ${why}`,
  })
  const odd: [Fields, string][] = [
    [{ amount: true }, 'amount: must be a string of digits'],
    [{ amount: '100', real_amount: '101' }, 'real_amount: must be at most amount'],
  ]
  return [shoubeiPaths.wf, shoubeiPaths.prepareuse].flatMap((path) => [
    ...['amount', 'real_amount'].flatMap((name) => [
      ...noAmounts.map((value) => text(path, name, value)),
      ...noAmountNumbers.map((value) => token(path, name, value)),
    ]),
    ...odd.map(([fields, words]): Case => ({
      title: `${path} ${JSON.stringify(fields)}`,
      ask: ({ partners, code }) => partners.till(path, { coupon_code: code, ...fields }),
      hears: shoubeiBad + words,
    })),
  ])
}
