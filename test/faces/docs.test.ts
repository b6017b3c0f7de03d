import { createHash, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../src/core/command/errors.ts'
import { exchangePaths } from '../../src/faces/exchange/index.ts'
import { systemErrorWords as exchangeSystemError, wordsOf as exchangeWords } from '../../src/faces/exchange/words.ts'
import { lakalaPaths } from '../../src/faces/lakala/index.ts'
import { wordsOf as lakalaWords, systemErrorWords as lakalaSystemError } from '../../src/faces/lakala/words.ts'
import { shoubeiPaths } from '../../src/faces/shoubei/index.ts'
import { transportCodes, wordsOf as shoubeiWords, type Words } from '../../src/faces/shoubei/words.ts'
import { actions } from '../../src/faces/whale/actions/index.ts'
import { whalePath } from '../../src/faces/whale/index.ts'
import {
  successCode,
  systemErrorWords as whaleSystemError,
  wordsOf as whaleWords,
} from '../../src/faces/whale/words.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { world } from '../support/world.ts'
import { readVectorFile } from '../vectors/read-vectors.ts'
import { addMerchant, merchant, signTypeOf, textOf } from './exchange-partner.ts'
import { md5Sign, openPartners, type Fields } from './partners.ts'
import { addWhaleApps, erpAppId, post, stringToSign } from './whale-partner.ts'

const read = (face: string): string => readFileSync(new URL(`../../docs/faces/${face}.md`, import.meta.url), 'utf8')
const pages = { lakala: read('lakala'), shoubei: read('shoubei'), whale: read('whale'), exchange: read('exchange') }
const backOffice = read('whale-back-office')

/** The code block of a page whose fence has this name behind its language. */
function block(page: string, name: string): string {
  const found = new RegExp(`\`\`\`[a-z]+ ${name}\\n([\\s\\S]*?)\\n\`\`\`\\n`).exec(page)
  if (found === null) throw new Error(`the page has no example named ${name}`)
  return found[1]!
}

type Row = { code: string; words: string; cells: string[]; errors: string[] }

/** The rows of the table of refusals: they begin with a code of one, two, four or six digits and end with our own names. */
const refusals = (page: string): Row[] =>
  [...page.matchAll(/^\| `(\d{1,2}|\d{4}|\d{6})` +\| (.*) \|$/gm)].map(([, code, rest]) => {
    const cells = rest!.split('|').map((cell) => cell.trim())
    return { code: code!, words: cells[0]!, cells, errors: cells.at(-1)!.replaceAll('`', '').split(' ') }
  })

const told = (words: Record<string, Omit<Words, 'code'> & { code: string | number }>) =>
  errorCodes.map((error) => `${error} ${words[error]!.code} ${words[error]!.msg}`).toSorted()
const written = (page: string) =>
  refusals(page)
    .flatMap(({ code, words, errors }) => errors.map((error) => `${error} ${code} ${words}`))
    .toSorted()

describe('the pages for partners', () => {
  it('list every refusal in the words of the face, and none that there is not', () => {
    expect(written(pages.shoubei)).toEqual(told(shoubeiWords))
    expect(written(pages.lakala)).toEqual(told(lakalaWords))
    expect(written(pages.whale)).toEqual(told(whaleWords))
    expect(written(pages.exchange)).toEqual(told(exchangeWords))
    expect(pages.exchange).toContain(`${exchangeSystemError.code} ${exchangeSystemError.msg}`)
    expect(lakalaSystemError).toEqual(lakalaWords.setup_conflict)
    const { code, msg } = whaleSystemError
    expect(pages.whale).toContain(`\`${successCode}\` is success and \`${code}\` ${msg}`)
  })

  it('say of each of Shoubei’s refusals whether it is told as FAIL', () => {
    const isTransport = refusals(pages.shoubei).map(({ errors, cells }) => [errors[0], cells[1] === '`FAIL`'])
    expect(isTransport).toEqual(
      refusals(pages.shoubei).map(({ errors }) => [errors[0], transportCodes.has(errors[0] as 'bad_request')]),
    )
  })

  it('give no two refusals of different words one code', () => {
    for (const words of [shoubeiWords, lakalaWords, whaleWords]) {
      const pairs = new Set(Object.values(words).map(({ code, msg }) => `${code} ${msg}`))
      expect(new Set([...pairs].map((pair) => pair.split(' ')[0])).size).toBe(pairs.size)
    }
  })

  it('name every path', () => {
    for (const path of Object.values(shoubeiPaths)) expect(pages.shoubei).toContain(`\`${path}\``)
    for (const path of Object.values(lakalaPaths)) expect(pages.lakala).toContain(`\`${path}\``)
    for (const path of Object.values(exchangePaths)) expect(pages.exchange).toContain(`\`${path}\``)
    expect(pages.whale).toContain(`\`${whalePath}\``)
    for (const { name } of actions) expect(pages.whale + backOffice).toContain(`\`${name}\``)
  })

  it('sign Shoubei’s examples as their steps say', () => {
    for (const name of ['request', 'answer']) {
      const fields = JSON.parse(block(pages.shoubei, name)) as Fields
      const text = block(pages.shoubei, `${name}-string`)
      expect(text.endsWith('&key=0123456789abcdef0123456789abcdef')).toBe(true)
      expect(createHash('md5').update(text).digest('hex')).toBe(fields['sign'])
      expect(md5Sign(fields, '0123456789abcdef0123456789abcdef')).toBe(fields['sign'])
    }
  })

  it('sign Lakala’s examples as their steps say', () => {
    const key = readVectorFile('test_rsa_private_pkcs8.pem')
    const signed = (text: string): string => sign('sha256', Buffer.from(text), key).toString('base64')
    const fiveLines = block(pages.lakala, 'five-lines')
    expect(fiveLines.split('\n')[4]).toBe(block(pages.lakala, 'body'))
    expect(block(pages.lakala, 'header')).toContain(`signature="${signed(`${fiveLines}\n`)}"`)
    const threeLines = block(pages.lakala, 'callback-three-lines')
    expect(threeLines.split('\n')[2]).toBe(block(pages.lakala, 'callback-body'))
    expect(block(pages.lakala, 'callback-header')).toContain(`signature="${signed(`${threeLines}\n`)}"`)
    const callback = JSON.parse(block(pages.lakala, 'callback-body')) as Fields
    expect(callback['sign']).toBe(signed(block(pages.lakala, 'callback-body-string')))
  })

  it('sign Whale’s examples as their steps say', () => {
    const key = readVectorFile('test_rsa_private_pkcs8.pem')
    const examples = [
      ['whale-business', 'whale-string', 'whale-request'],
      ['whale-notice', 'whale-notice-string', 'whale-notice-envelope'],
    ] as const
    for (const [business, text, name] of examples) {
      const envelope = JSON.parse(block(pages.whale, name)) as Fields
      expect(Buffer.from(String(envelope['biz_content']), 'base64').toString()).toBe(block(pages.whale, business))
      expect(stringToSign(envelope)).toBe(block(pages.whale, text))
      expect(envelope['sign']).toBe(sign('sha256', Buffer.from(block(pages.whale, text)), key).toString('base64'))
    }
  })

  it('sign Exchange’s examples as their steps say', () => {
    const key = readVectorFile('test_rsa_private_pkcs8.pem')
    const rsa = (text: Buffer) => sign('sha256', text, key).toString('base64')
    const md5 = (text: Buffer) => createHash('md5').update(text).update(merchant.key).digest('hex').toUpperCase()
    const examples = [
      ['exchange-body', 'exchange-string', 'exchange-headers', rsa],
      ['exchange-query-body', 'exchange-query-string', 'exchange-query-headers', md5],
      ['exchange-report', 'exchange-report-string', 'exchange-report-headers', rsa],
    ] as const
    for (const [body, text, name, signed] of examples) {
      const { sign: sent, ...headers } = headersOf(name)
      const expected = textOf(headers, block(pages.exchange, body))
      expect(expected.toString()).toBe(block(pages.exchange, text))
      expect(sent).toBe(signed(expected))
    }
  })
})

/** The headers of an example, by their names. */
const headersOf = (name: string): Record<string, string> =>
  Object.fromEntries(
    block(pages.exchange, name)
      .split('\n')
      .map((line) => line.split(': ') as [string, string]),
  )

describeOnOneDatabase('the examples of the pages', (database) => {
  it('are answered as the pages say', async () => {
    const partners = await openPartners(database())
    const answer = await partners.send(shoubeiPaths.wf, block(pages.shoubei, 'request'))
    expect(answer.body).toEqual(JSON.parse(block(pages.shoubei, 'answer')))
    await partners.changeSetup(
      (tx) => tx`
        update app_keys set public_key = ${readVectorFile('test_rsa_public.pem')}
        where face = 'lakala' and app_id = ${world.lakala.appid} and direction = 'inbound'`,
    )
    const [, authorization] = /^Authorization: (.*)$/.exec(block(pages.lakala, 'header'))!
    const issued = await partners.send(lakalaPaths.issue, block(pages.lakala, 'body'), { authorization })
    expect(issued.body['code']).toBe('000000')
    await addWhaleApps(partners.core)
    await partners.changeSetup(
      (tx) => tx`
        update app_keys set public_key = ${readVectorFile('test_rsa_public.pem')}
        where face = 'whale' and app_id = ${erpAppId} and direction = 'inbound'`,
    )
    const { business, isSigned } = await post(partners, block(pages.whale, 'whale-request'))
    const promised = JSON.parse(block(pages.whale, 'whale-answer')) as Fields
    expect(isSigned).toBe(true)
    expect(business).toEqual({ ...promised, traceNo: expect.stringMatching(/^\d{32}$/) })
    await partners.changeSetup((tx) => addMerchant(tx, partners.core.hub.keyring))
    await partners.changeSetup(
      (tx) => tx`
        update app_keys set public_key = ${readVectorFile('test_rsa_public.pem')}
        where face = 'exchange' and app_id = ${merchant.businessId} and direction = 'inbound'`,
    )
    const examples = [
      [exchangePaths.wechatCoupons, 'exchange'],
      [exchangePaths.info, 'exchange-query'],
    ] as const
    for (const [path, name] of examples) {
      const sent = await partners.send(path, block(pages.exchange, `${name}-body`), headersOf(`${name}-headers`))
      const told = JSON.parse(block(pages.exchange, `${name}-answer`)) as { data: Fields }
      const made = {
        orderCode: expect.stringMatching(/^\d{32}$/),
        ...(name === 'exchange' ? {} : { couponId: expect.stringMatching(/^\d{16}$/) }),
      }
      expect(sent.body).toEqual({ ...told, data: { ...told.data, ...made } })
      expect(signTypeOf(sent)).toBe(name === 'exchange' ? 'SHA256-RSA' : 'MD5')
    }
    await partners.close()
  })
})
