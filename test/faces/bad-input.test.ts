import { gzipSync } from 'node:zlib'
import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Tx } from '../../src/db/client.ts'
import { insertRows } from '../../src/db/rows.ts'
import { lakalaPaths } from '../../src/faces/lakala/index.ts'
import { shoubeiPaths } from '../../src/faces/shoubei/index.ts'
import type { Keyring } from '../../src/keyring.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { world } from '../support/world.ts'
import { authorize, issueFields, openPartners, type Answer, type Fields, type Partners } from './partners.ts'

// Every case is a request that must be refused: in the face's words, with nothing written and nothing told of the hub.

type Scene = { partners: Partners; code: string; redeemedCode: string; orderNo: string; knownNonce: string }
type Case = {
  title: string
  ask: (scene: Scene) => Promise<Answer>
  /** How the answer's code and message begin. */
  hears: string
  status?: number
}

describeOnEachDatabase('bad input', (database) => {
  let scene: Scene
  beforeEach(async () => {
    const partners = await openPartners(database(), { requestsPerSecond: 1_000_000 })
    await partners.changeSetup((tx) => addStrangers(tx, partners.core.hub.keyring))
    const knownNonce = 'abcdefgh12345678'
    const order = issueFields({ mer_order_id: 'KNOWN' })
    await partners.bank(lakalaPaths.issue, order, { nonce: knownNonce })
    const redeemedCode = await partners.issue()
    const redeemed = await partners.till(shoubeiPaths.wf, { coupon_code: redeemedCode, wf_trace_no: 'T1' })
    const orderNo = String(redeemed.body['order_no'])
    scene = { partners, code: await partners.issue(), redeemedCode, orderNo, knownNonce }
  })
  afterEach(() => scene.partners.close())

  const rows = async () =>
    (
      await database().sql`
        select (select count(*) from orders) as orders, (select count(*) from coupons) as coupons,
          (select count(*) from coupons where state = 'issued') as issued,
          (select count(*) from redemptions where state = 'succeeded') as redemptions,
          (select count(*) from request_numbers) as request_numbers, (select count(*) from nonces) as nonces,
          (select count(*) from notifications) as notifications, (select sum(used)::int from counters where key like 'stock%') as used`
    )[0]

  const suites: [string, Case[]][] = [
    ['is no JSON object in UTF-8, at every endpoint', bodyCases()],
    ['goes to a path or by a method that does not exist', routeCases()],
    ['does not prove whose it is, or not that it is new', proofCases()],
    ['has a Lakala field that is missing, too long, of a wrong type or of wrong characters', lakalaFieldCases()],
    ['has a Shoubei field that is missing, too long, of a wrong type or of wrong characters', shoubeiFieldCases()],
    ['has an amount that is none', amountCases()],
    ['asks for what is somebody else’s', strangerCases()],
  ]
  for (const [what, cases] of suites) {
    it(`that ${what} is refused in the face's words, and nothing is written or leaked`, async () => {
      const before = await rows()
      for (const { title, ask, hears, status = 200 } of cases) {
        const answer = await ask(scene)
        const heard = wordsIn(answer)
        expect([title, answer.status, heard.startsWith(hears) ? hears : heard]).toEqual([title, status, hears])
        expect([title, leaks.exec(answer.text)?.[0]]).toEqual([title, undefined])
      }
      expect(await rows()).toEqual(before)
    })
  }
})

const leaks =
  /node_modules|\.[tj]s:\d|\n\s+at |\bselect\b|insert into|request_numbers|redemptions|sqlstate|postgres|relation "/i

/** Code and message of an answer of either face; both where Lakala's inner pair differs from the outer one. */
function wordsIn({ body }: Answer): string {
  if ('return_code' in body) return `${String(body['return_code'])} ${String(body['return_msg'])}`
  const data = (body['data'] ?? body['resp_data'] ?? {}) as Fields
  const outer = `${String(body['code'])} ${String(body['msg'])}`
  const inner = `${String(data['resCode'])} ${String(data['failMsg'])}`
  return outer === inner ? outer : `${outer} / ${inner}`
}

const lakalaBad = '100001 参数不合法: '
const shoubeiBad = 'FAIL 参数不合法: '
const endpoints = [
  ...Object.values(lakalaPaths).map((path) => ({ path, bad: lakalaBad })),
  ...Object.values(shoubeiPaths).map((path) => ({ path, bad: shoubeiBad })),
]

/** Bytes as they are, with a signature of the bank's that holds for them. */
const sendRaw = (
  { partners }: Scene,
  path: string,
  body: string | Buffer,
  headers: Record<string, string | undefined> = {},
) => partners.send(path, body, { authorization: authorize(body, partners.clock), ...headers })

function bodyCases(): Case[] {
  const noObject = 'the body is no JSON object: '
  const bodies: [string, string | Buffer, string][] = [
    ['an empty body', '', 'the body is empty'],
    ['half an object', '{"inst_no":"9', noObject],
    ['an array', '[]', noObject],
    ['a string', '"x"', noObject],
    ['null', 'null', noObject],
    ['two objects', '{}{}', noObject],
    ['a comma too many', '{"a":1,}', noObject],
    ['single quotes', "{'a':1}", noObject],
    ['a form', 'inst_no=990581&sign=x', noObject],
    ['NaN', '{"a":NaN}', noObject],
    ['a key twice', '{"inst_no":"990581","inst_no":"990581"}', `${noObject}duplicate key`],
    ['a key twice, once escaped', '{"sign":"1","\\u0073ign":"2"}', `${noObject}duplicate key`],
    ['__proto__ twice', '{"__proto__":{},"__proto__":{}}', `${noObject}duplicate key`],
    ['21 levels', `${'{"a":'.repeat(21)}1${'}'.repeat(21)}`, `${noObject}more than 20 levels`],
    ['21 levels of arrays', `{"a":${'['.repeat(20)}${']'.repeat(20)}}`, `${noObject}more than 20 levels`],
    ['100,000 levels', '{"a":'.repeat(40_000), noObject],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), `${noObject}invalid UTF-8`],
    [
      'GBK',
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xd3, 0xc5, 0xbb, 0xdd]), Buffer.from('"}')]),
      `${noObject}invalid UTF-8`,
    ],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le'), noObject],
    ['a byte order mark', '\ufeff{}', `${noObject}byte order mark`],
    ['half a surrogate pair', '{"a":"\\ud83d"}', `${noObject}lone surrogate`],
    ['a raw control character', '{"a":"\u0001"}', `${noObject}control character`],
  ]
  const headers: [string, Record<string, string | undefined>, string][] = [
    ['text/plain', { 'content-type': 'text/plain' }, 'the content type must be'],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'the content type must be'],
    ['no content type', { 'content-type': undefined }, 'the content type must be'],
    ['an empty content type', { 'content-type': '' }, 'the content type must be'],
    ['what is no content type', { 'content-type': 'json' }, 'the content type must be'],
    ['GBK by its header', { 'content-type': 'application/json; charset=gbk' }, 'the content type must be'],
    ['gzip', { 'content-encoding': 'gzip' }, 'compressed bodies are not taken'],
    ['deflate', { 'content-encoding': 'deflate' }, 'compressed bodies are not taken'],
  ]
  return endpoints.flatMap(({ path, bad }) => [
    ...bodies.map(([title, body, why]): Case => ({
      title: `${path}: ${title}`,
      ask: (scene) => sendRaw(scene, path, body),
      hears: bad + why,
    })),
    ...headers.map(([title, given, why]): Case => ({
      title: `${path}: ${title}`,
      ask: (scene) => sendRaw(scene, path, title === 'gzip' ? gzipSync('{}') : '{}', given),
      hears: bad + why,
    })),
    {
      title: `${path}: a huge body`,
      ask: (scene) => sendRaw(scene, path, `{"a":"${'x'.repeat(256 * 1024)}"}`),
      hears: bad,
      status: 413,
    },
  ])
}

function routeCases(): Case[] {
  const wrongPaths = [
    ['/lakala/nothing', lakalaBad],
    ['/lakala/coupons/issue/', lakalaBad],
    ['/openpay/coupon/WF', shoubeiBad],
    ['/openpay/coupon/wf/../../x', shoubeiBad],
    ['/openpay/coupon/wf%00', shoubeiBad],
  ] as const
  return [
    ...wrongPaths.map(([path, hears]): Case => ({
      title: path,
      ask: (scene) => sendRaw(scene, path, '{}'),
      hears,
      status: 404,
    })),
    ...endpoints.map(({ path, bad }): Case => ({
      title: `GET ${path}`,
      ask: ({ partners }) => partners.send(path, '', {}, 'GET'),
      hears: `${bad}${path} takes POST only`,
      status: 405,
    })),
  ]
}

function proofCases(): Case[] {
  const other = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const seconds = ({ partners }: Scene, by: number) => String(Math.floor(partners.clock.now().getTime() / 1000) + by)
  const bank = (
    title: string,
    hears: string,
    how: (scene: Scene) => Parameters<Partners['bank']>[2],
    fields = {},
  ): Case => ({
    title: `Lakala: ${title}`,
    ask: (scene) => scene.partners.bank(lakalaPaths.issue, issueFields(fields), how(scene)),
    hears,
  })
  const headers = [
    '',
    'Bearer x',
    'LKLAPI-SHA256withRSA',
    'LKLAPI-SHA256withRSA appid="LKL001"',
    `LKLAPI-SHA256withRSA ${'x'.repeat(9000)}`,
  ]
  const till = (title: string, hears: string, fields: Fields, key?: string): Case => ({
    title: `Shoubei: ${title}`,
    ask: (scene) =>
      scene.partners.till(shoubeiPaths.wf, { coupon_code: scene.code, wf_trace_no: 'T2', ...fields }, key),
    hears,
  })
  const unsigned = (title: string, hears: string, change: (fields: Fields) => Fields): Case => ({
    title: `Shoubei: ${title}`,
    ask: ({ partners, code }) =>
      partners.send(shoubeiPaths.wf, JSON.stringify(change(partners.signed({ coupon_code: code, wf_trace_no: 'T2' })))),
    hears,
  })
  return [
    ...headers.map((authorization): Case => ({
      title: `Lakala: Authorization ${authorization.slice(0, 40)}`,
      ask: ({ partners }) => partners.send(lakalaPaths.issue, JSON.stringify(issueFields()), { authorization }),
      hears: `${lakalaBad}Authorization is not`,
    })),
    bank('an unknown app', '100002 应用不存在', () => ({ appid: 'LKL002' })),
    bank('another key', '100005 验签失败', () => ({ privateKeyPem: other.privateKey })),
    bank('another serial number', '100005 验签失败', () => ({ serialNo: 'BANK02' })),
    bank('a body that was changed', '100005 验签失败', () => ({ privateKeyPem: other.privateKey }), {
      member_id: '6299999999',
    }),
    bank('too old', '100007 请求时间戳超时', (scene) => ({ timestamp: seconds(scene, -301) })),
    bank('from the future', '100007 请求时间戳超时', (scene) => ({ timestamp: seconds(scene, 301) })),
    bank('milliseconds', '100007 请求时间戳超时', (scene) => ({ timestamp: `${seconds(scene, 0)}000` })),
    bank('a nonce heard before', '100008 请求重复', (scene) => ({ nonce: scene.knownNonce })),
    bank('a nonce heard before, the order too', '100008 请求重复', (scene) => ({ nonce: scene.knownNonce }), {
      mer_order_id: 'KNOWN',
    }),
    bank('a short nonce', `${lakalaBad}Authorization is not`, () => ({ nonce: 'abc' })),
    till('an unknown institution', 'FAIL 机构不存在(inst_no)', { inst_no: '900024' }),
    till('another key', 'FAIL 验签失败(sign)', {}, 'another key'),
    till('the key of another institution', 'FAIL 验签失败(sign)', {}, 'other-key'),
    till('too old', 'FAIL 请求时间戳超时(ts)', { ts: '20260301095459' }),
    till('from the future', 'FAIL 请求时间戳超时(ts)', { ts: '20260301100501' }),
    till('a time that does not exist', `${shoubeiBad}ts: must be a time`, { ts: '20260230100000' }),
    till('a time in seconds', `${shoubeiBad}ts: must be a time`, { ts: '1772330400' }),
    till('a time as a number', `${shoubeiBad}ts: must be a string`, { ts: 20260301100000 }),
    till('no time', `${shoubeiBad}ts: is missing`, { ts: '' }),
    till('inst_no as a number', `${shoubeiBad}inst_no: must be a string`, { inst_no: 990581 }),
    till('no inst_no', `${shoubeiBad}inst_no: is missing`, { inst_no: null }),
    till('an object', `${shoubeiBad}note: must not be an object`, { note: { a: 1 } }),
    till('an array', `${shoubeiBad}note: must not be an object`, { note: [] }),
    unsigned('no sign', `${shoubeiBad}sign: is missing`, (fields) => ({ ...fields, sign: undefined })),
    unsigned('sign as a number', `${shoubeiBad}sign: must be a string`, (fields) => ({ ...fields, sign: 1 })),
    unsigned('an upper-case sign', 'FAIL 验签失败(sign)', (fields) => ({
      ...fields,
      sign: String(fields['sign']).toUpperCase(),
    })),
    unsigned('half a sign', 'FAIL 验签失败(sign)', (fields) => ({
      ...fields,
      sign: String(fields['sign']).slice(0, 16),
    })),
    unsigned('a field added', 'FAIL 验签失败(sign)', (fields) => ({ ...fields, amount: '1' })),
    unsigned('a field emptied', 'FAIL 验签失败(sign)', (fields) => ({ ...fields, wf_trace_no: '' })),
    unsigned('a field left out', 'FAIL 验签失败(sign)', (fields) => ({ ...fields, wf_trace_no: undefined })),
    {
      title: 'Shoubei: __proto__ as an object',
      ask: ({ partners }) => partners.send(shoubeiPaths.wf, '{"inst_no":"990581","__proto__":{"sign":"x"}}'),
      hears: `${shoubeiBad}__proto__: must not be an object`,
    },
  ]
}

const wrongCharacters = ['a b', ' ', '订单', '😀', 'a\u0000b', 'a\nb', 'a\u007f', 'é']

/** What an id must be: there, a string, of the right characters, not too long. */
function idCases(
  name: string,
  longest: number,
  isRequired: boolean,
  bad: string,
  ask: (value: unknown) => Case['ask'],
): Case[] {
  const one = (title: string, value: unknown, why: string): Case => ({
    title: `${name}: ${title}`,
    ask: ask(value),
    hears: `${bad}${name}: ${why}`,
  })
  return [
    ...(isRequired
      ? [undefined, null, ''].map((value) => one(`absent as ${JSON.stringify(value)}`, value, 'is missing'))
      : []),
    ...[1, 1.5, true, false].map((value) => one(`a ${typeof value}`, value, 'must be a string')),
    ...wrongCharacters.map((value) => one(JSON.stringify(value), value, 'must be printable ASCII')),
    one('too long', '9'.repeat(longest + 1), `must have at most ${longest} characters`),
  ]
}

function lakalaFieldCases(): Case[] {
  const issue = (name: string) => (value: unknown) => (scene: Scene) =>
    scene.partners.bank(lakalaPaths.issue, issueFields({ [name]: value }))
  const known = { owner_id: world.channelId, mer_order_id: 'KNOWN', activity_id: world.activityId }
  const query = (name: string) => (value: unknown) => (scene: Scene) =>
    scene.partners.bank(lakalaPaths.query, { ...known, [name]: value })
  const ofIssue = [
    ['member_id', 20],
    ['activity_id', 32],
    ['owner_id', 8],
    ['promotion_id', 32],
    ['channel_openid', 128],
    ['mer_order_id', 64],
    ['writeOffNotify', 256],
  ] as const
  const ofQuery = [
    ['owner_id', 8],
    ['mer_order_id', 64],
    ['activity_id', 32],
  ] as const
  const odd: [string, unknown, string][] = [
    ['member_id', '620000000', 'member_id: must have at least 10 characters'],
    ['member_id', 'AAA20015456', 'member_id: must begin with 62'],
    ['member_id', ['6200015456'], 'member_id: must be a string'],
    ['member_id', { a: 1 }, 'member_id: must be a string'],
    ...[
      'ftp://bank.example/x',
      'javascript:alert(1)',
      '//bank.example',
      'http://',
      'not a url',
      'http://user:secret@bank.example/',
    ].map((url): [string, unknown, string] => ['writeOffNotify', url, 'writeOffNotify: ']),
    ...['http://10.0.0.1/x', 'http://169.254.169.254/latest', 'http://[::ffff:10.0.0.1]/'].map(
      (url): [string, unknown, string] => ['postNotify', url, 'postNotify: '],
    ),
  ]
  return [
    ...ofIssue.flatMap(([name, longest]) => idCases(name, longest, true, lakalaBad, issue(name))),
    ...idCases('postNotify', 256, false, lakalaBad, issue('postNotify')),
    ...ofQuery.flatMap(([name, longest]) => idCases(name, longest, true, lakalaBad, query(name))),
    ...idCases('trade_no', 64, false, lakalaBad, query('trade_no')),
    ...odd.map(([name, value, why]): Case => ({
      title: `${name} ${String(value)}`,
      ask: issue(name)(value),
      hears: lakalaBad + why,
    })),
    {
      title: 'fields that stand in __proto__',
      ask: (scene) => sendRaw(scene, lakalaPaths.issue, `{"__proto__":${JSON.stringify(issueFields())}}`),
      hears: `${lakalaBad}member_id: is missing`,
    },
    ...['[]', 'null', '"x"', '1'].map((data): Case => ({
      title: `req_data ${data}`,
      ask: (scene) => sendRaw(scene, lakalaPaths.issue, `{"req_data":${data}}`),
      hears: `${lakalaBad}req_data`,
    })),
  ]
}

function shoubeiFieldCases(): Case[] {
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
      [path, 'channel_type', 10001, 'channel_type: must be a string'],
      [path, 'exc_discount_flag', '2', 'exc_discount_flag: must be 0 or 1'],
      [path, 'exc_discount_flag', true, 'exc_discount_flag: must be a string'],
    ],
  )
  return [
    ...[wf, quary, query, cancel, prepareuse].flatMap(ofTill),
    ...[wf, prepareuse].flatMap((path) => idCases('coupon_code', 32, true, shoubeiBad, ask(path, 'coupon_code'))),
    ...[quary, query].flatMap((path) => idCases('coupon_code', 32, false, shoubeiBad, ask(path, 'coupon_code'))),
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

const noAmounts = [
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
const noAmountNumbers = ['-1', '-0', '1e3', '1E3', '1.5', '1.0', '12345678901234567']

function amountCases(): Case[] {
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
    [{ real_amount: '100' }, 'amount: is missing'],
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

function strangerCases(): Case[] {
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
async function addStrangers(tx: Tx, keyring: Keyring): Promise<void> {
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
