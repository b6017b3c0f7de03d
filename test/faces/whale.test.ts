import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, expect, it, test } from 'vitest'
import { switchSetup } from '../../src/core/back-office/switch.ts'
import { updateApp } from '../../src/core/back-office/apps.ts'
import { actions } from '../../src/faces/whale/actions/index.ts'
import { testKeys } from '../support/keys.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { openPartners, type Fields, type Partners } from './partners.ts'
import { addWhaleApps, base64, channelAppId, envelope, erpAppId, post, signed, stringToSign } from './whale-partner.ts'

const operator = { name: 'test', reason: undefined }
const channel: Fields = {
  saleChannelName: '中信银行',
  createTime: '20260301090000',
  updateTime: '20260301090000',
}

const without = (fields: Fields, name: string): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([other]) => other !== name))

describeOnOneDatabase('Whale’s envelope', (database) => {
  let partners: Partners
  beforeEach(async () => {
    partners = await openPartners(database())
    await addWhaleApps(partners.core)
  })
  afterEach(() => partners.close())

  const insert = (given: Fields = {}) => envelope(partners, 'saleChanneInsert', channel, given)
  const send = (body: unknown) => post(partners, body)
  const countOf = async (table: string): Promise<number> =>
    (await database().sql.unsafe<{ n: number }[]>(`select count(*)::int as n from ${table}`))[0]!.n
  const settings = async (id: string, given: Fields) => {
    await updateApp(partners.core, operator, { face: 'whale', id, settings: given })
  }
  /** Sends what must be refused: nothing is set up by it, and no sign is remembered. */
  const refuse = async (body: unknown) => {
    const before = [await countOf('channels'), await countOf('nonces')]
    const heard = await send(body)
    expect([await countOf('channels'), await countOf('nonces')]).toEqual(before)
    expect(heard.business['returnDesc']).toBe(heard.business['returnMsg'])
    const { returnCode, returnMsg, field } = heard.business
    return { ...heard, words: `${String(returnCode)} ${String(returnMsg)}`, field }
  }

  it('is opened and answered with the same one, signed by the hub', async () => {
    const { status, body, business, isSigned } = await send(signed(insert({ version: '4.1' })))
    expect([status, isSigned]).toEqual([200, true])
    expect(business).toMatchObject({ returnCode: '00', returnMsg: 'SUCCESS', orderNo: expect.any(String) })
    expect(body).toMatchObject({ action: 'saleChanneInsert', app_id: erpAppId, version: '4.1' })
    expect(body['timestamp']).toBe(String(Math.floor(partners.clock.now().getTime() / 1000)))
    expect(Object.keys(body).toSorted()).toEqual(['action', 'app_id', 'biz_content', 'sign', 'timestamp', 'version'])
  })

  it('is taken by another spelling of its action, and answered by that', async () => {
    const { body, business } = await send(signed(insert({ action: 'saleChannelInsert' })))
    expect([business['returnCode'], body['action']]).toEqual(['00', 'saleChannelInsert'])
  })

  it('signs numbers as they are written, further fields too, null not at all, and has a version where none is said', async () => {
    const { version: _, ...rest } = insert({ charset: 'UTF-8', empty: '', yes: true, none: null })
    const text = JSON.stringify(signed({ ...rest, timestamp: Number(rest['timestamp']), factor: '1.50' }))
    const { business, body } = await send(text.replace('"1.50"', '1.50'))
    expect([business['returnCode'], body['version']]).toEqual(['00', '4.0'])
  })

  it('is checked with every key that is valid, and with no other', async () => {
    const other = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
    expect((await refuse(signed(insert(), other.privateKey))).words).toMatch(/^05 验签失败/)
    await partners.changeSetup(
      (tx) => tx`
        insert into app_keys select face, app_id, direction, 2, serial_no, ${other.publicKey}, secret, valid_from, null
        from app_keys where face = 'whale' and app_id = ${erpAppId} and direction = 'inbound'`,
    )
    expect((await send(signed(insert(), other.privateKey))).business['returnCode']).toBe('00')
    expect((await send(signed(insert({ extra: '1' })))).business['returnCode']).toBe('00')
    const soon = new Date(partners.clock.now().getTime() + 1_000)
    await partners.changeSetup(
      (tx) => tx`update app_keys set valid_until = ${soon} where app_id = ${erpAppId} and no = 2`,
    )
    partners.clock.advance(2)
    expect((await refuse(signed(insert({ extra: '2' }), other.privateKey))).words).toMatch(/^05 /)
  })

  it('with a wrong sign is refused, signed, and shows a sandbox’s partner the string', async () => {
    const asked = { ...signed(insert()), version: '4.9' }
    const { words, isSigned, field, status } = await refuse(asked)
    expect(words).toBe(`05 验签失败: the string to sign is expected to be\n${stringToSign(asked)}`)
    expect([isSigned, field, status]).toEqual([true, 'sign', 200])
  })

  it('hears that the hub has no key to check it by, not that its sign is wrong', async () => {
    await partners.changeSetup((tx) => tx`delete from app_keys where face = 'whale' and direction = 'inbound'`)
    const { words, field } = await refuse(signed(insert()))
    expect([words.startsWith('01 参数不合法: sign: the hub has no public key of'), field]).toEqual([true, 'sign'])
  })

  it('never shows the string where it is no sandbox', async () => {
    const strict = await openPartners(database(), { isSandbox: false })
    expect((await post(strict, { ...signed(insert()), version: '4.9' })).business).toEqual({
      returnCode: '05',
      returnMsg: '验签失败(sign)',
      returnDesc: '验签失败(sign)',
      field: 'sign',
    })
    await strict.close()
  })

  it('signs nothing that an unproven asker made up', async () => {
    const forged = 'VerifyCodeNotify&app_id=x'
    const { body, isSigned } = await refuse({ ...insert({ action: forged, version: 'a&b=c' }), sign: 'AAAA' })
    expect([body['action'], body['version'], isSigned]).toEqual(['', '4.0', true])
  })

  it('is heard once', async () => {
    const asked = signed(insert())
    expect((await send(asked)).business['returnCode']).toBe('00')
    expect((await refuse(asked)).words).toBe('09 请求重复(sign已使用)')
    partners.clock.advance(1)
    expect((await send(signed(insert()))).business['returnCode']).toBe('00')
    expect(await countOf('channels where written is not null')).toBe(1)
  })

  it('is heard for five minutes before and after its time', async () => {
    const at = (seconds: number) => String(Math.floor(partners.clock.now().getTime() / 1000) + seconds)
    for (const seconds of [-301, 302]) {
      expect((await refuse(signed(insert({ timestamp: at(seconds) })))).words).toBe('07 请求时间戳超时(timestamp)')
    }
    for (const seconds of [-299, 299]) {
      expect((await send(signed(insert({ timestamp: at(seconds) })))).business['returnCode']).toBe('00')
    }
  })

  test.each<[string, (given: Fields) => unknown, string, unknown]>([
    ['that is no JSON', () => '{"action":', '01 参数不合法: the body is no JSON object: ', undefined],
    ['without a sign', (given) => without(given, 'sign'), '01 参数不合法: sign: is missing', 'sign'],
    ['without an app', (given) => without(given, 'app_id'), '01 参数不合法: app_id: is missing', 'app_id'],
    ['of an unknown app', (given) => ({ ...given, app_id: 'nobody' }), '02 应用不存在(app_id)', 'app_id'],
    ['with an object in it', (given) => ({ ...given, more: { a: 1 } }), '01 参数不合法: more: must not be an', 'more'],
    ['with a list in it', (given) => ({ ...given, more: [] }), '01 参数不合法: more: must not be an', 'more'],
    ['with a sign that is no Base64', (given) => ({ ...given, sign: '券' }), '05 验签失败: the string', 'sign'],
  ])('%s is refused', async (_, change, words, field) => {
    const heard = await refuse(change(signed(insert())))
    expect([heard.words.slice(0, words.length), heard.field]).toEqual([words, field])
  })

  test.each<[string, Fields, string, string]>([
    ['an action that there is not', { action: 'MakeTea' }, 'action: there is no action MakeTea', 'action'],
    ['no action', { action: '' }, 'action: is missing', 'action'],
    ['another case of an action', { action: 'SALECHANNEINSERT' }, 'action: there is no action SALE', 'action'],
    ['no content', { biz_content: null }, 'biz_content: is missing', 'biz_content'],
    ['content that is no Base64', { biz_content: '{"a":1}' }, 'biz_content: must be standard Base64', 'biz_content'],
    ['content without padding', { biz_content: 'e30' }, 'biz_content: must be standard Base64', 'biz_content'],
    ['content that is a list', { biz_content: base64('[]') }, 'biz_content: must be a JSON object', 'biz_content'],
    ['content that is no UTF-8', { biz_content: '/w==' }, 'biz_content: must be a JSON object', 'biz_content'],
    [
      'content with a key twice',
      { biz_content: base64('{"a":1,"a":2}') },
      'biz_content: must be a JSON',
      'biz_content',
    ],
    ['no time stamp', { timestamp: null }, 'timestamp: is missing', 'timestamp'],
    ['a time stamp in milliseconds', { timestamp: '1772330400000' }, 'timestamp: must be the time in sec', 'timestamp'],
    ['a time stamp in words', { timestamp: 'now' }, 'timestamp: must be the time in seconds', 'timestamp'],
  ])('that is proven, with %s, is refused by name and signed', async (_, given, words, field) => {
    const expected = `01 参数不合法: ${words}`
    const heard = await refuse(signed(insert(given)))
    expect([heard.words.slice(0, expected.length), heard.field, heard.isSigned]).toEqual([expected, field, true])
  })

  it('of a channel’s app asks for nothing of the back office, and is told so', async () => {
    const { words, isSigned, field } = await refuse(signed(insert({ app_id: channelAppId })))
    expect([words, isSigned, field]).toEqual(['08 应用无权调用该接口(action)', true, 'action'])
  })

  it('of an ERP’s app asks for no transaction', async () => {
    for (const { name } of actions.filter(({ side }) => side === 'channel')) {
      expect((await refuse(signed(insert({ action: name })))).words).toBe('08 应用无权调用该接口(action)')
    }
  })

  it('of an app that is switched off, or from another address, is refused', async () => {
    await settings(erpAppId, { networks: ['192.0.2.0/24'] })
    expect((await refuse(signed(insert()))).words).toBe('04 IP不允许访问')
    await switchSetup(partners.core, operator, 'app', ['whale', erpAppId], false)
    expect((await refuse(signed(insert()))).words).toBe('03 应用已停用')
  })

  it('is answered 429 above the app’s rate', async () => {
    await settings(erpAppId, { requestsPerSecond: 1 })
    expect((await send(signed(insert()))).status).toBe(200)
    const { status, words, isSigned } = await refuse(signed(insert({ extra: '1' })))
    expect([status, words, isSigned]).toEqual([429, '06 请求过于频繁', true])
  })

  it('is not signed where the app is not known, and not for what is no request at all', async () => {
    const unknown = await refuse(signed(insert({ app_id: 'nobody' })))
    expect([unknown.body['app_id'], 'sign' in unknown.body, 'biz_content' in unknown.body]).toEqual(['', false, true])
    const wrongMethod = await partners.send('/whale', '', {}, 'GET')
    expect([wrongMethod.status, wrongMethod.headers['allow'], 'sign' in wrongMethod.body]).toEqual([405, 'POST', false])
    expect((await partners.send('/whale/MakeCode', '{}')).status).toBe(404)
    expect((await partners.send('/whale', JSON.stringify({ a: 'x'.repeat(300_000) }))).status).toBe(413)
    expect((await send('')).business['returnMsg']).toBe('参数不合法: the body is empty')
  })

  const bare: Fields = { action: 'saleChanneInsert', ...channel }

  it('may be left out by an app that is marked so, which hears the bare object', async () => {
    await settings(erpAppId, { isUnsignedTaken: true })
    for (const asked of [bare, { ...bare, app_id: erpAppId, version: '4.0', timestamp: 1 }]) {
      const { body, status } = await send(asked)
      expect([status, body['returnCode'], 'biz_content' in body]).toEqual([200, '00', false])
    }
    const { words, body } = await refuse({ ...bare, saleChannelName: '' })
    expect([words, 'biz_content' in body]).toEqual(['01 参数不合法: saleChannelName: is missing', false])
    expect(await countOf('nonces')).toBe(0)
  })

  it('may be left out by no other app', async () => {
    const missing = '01 参数不合法: sign: is missing'
    expect((await refuse(bare)).words.slice(0, missing.length)).toBe(missing)
    await settings(erpAppId, { isUnsignedTaken: true })
    for (const id of [channelAppId, '']) {
      const asked = { ...bare, action: id === '' ? 'MakeTea' : bare['action'], app_id: id }
      expect((await refuse(asked)).words.slice(0, missing.length)).toBe(missing)
    }
    expect((await refuse({ ...bare, app_id: 'nobody' })).words).toBe('02 应用不存在(app_id)')
    const { biz_content: _, ...unsigned }: Fields = { ...insert(), ...channel, sign: '' }
    expect((await refuse(unsigned)).words.slice(0, missing.length)).toBe(missing)
  })

  it('is the app’s own: marked apps are still held to their signature where they sign', async () => {
    await settings(erpAppId, { isUnsignedTaken: true })
    expect((await refuse(signed(insert(), testKeys().platform.privateKeyPem))).words).toMatch(/^05 /)
  })

  it('counts what it cannot prove, by address', async () => {
    const answers = await Promise.all(Array.from({ length: 620 }, () => send({ ...insert(), sign: 'AAAA' })))
    const codes = answers.map(({ business }) => business['returnCode'])
    expect([codes.filter((code) => code === '05').length, codes.filter((code) => code === '06').length]).toEqual([
      600, 20,
    ])
  })
})
