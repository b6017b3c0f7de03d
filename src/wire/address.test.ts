import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkCallbackUrl, hostOf, isAddressAllowed, parseAddressPolicy } from './address.ts'

const policyOf = (allowedNetworks: string[] = [], isLoopbackAllowed = false) =>
  parseAddressPolicy({ allowedNetworks, isLoopbackAllowed })
const publicOnly = policyOf()

describe('addresses', () => {
  test.each(['1.1.1.1', '8.8.8.8', '93.184.216.34', '2606:4700:4700::1111', '2a00:1450:4001:81b::200e'])(
    'the public address %s is allowed',
    (address) => expect(isAddressAllowed(address, publicOnly)).toBe(true),
  )

  test.each([
    ['the IPv4-compatible form of loopback', '::7f00:1'],
    ['the same with dots', '::127.0.0.1'],
    ['the same of a public address', '::8.8.8.8'],
    ['IPv6 that was never given out', '4000::1'],
    ['a zone', '2606:4700:4700::1111%eth0'],
    ["Azure's wire server", '168.63.129.16'],
    ['a name', 'localhost'],
    ['an odd form of an address', '0x7f.1'],
    ['nothing', ''],
  ])('%s is not allowed', (_, address) => expect(isAddressAllowed(address, publicOnly)).toBe(false))

  test('an IPv4 address mapped into IPv6 is judged as the IPv4 address', () => {
    const policy = policyOf(['10.0.0.0/8'])
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(isAddressAllowed(`::ffff:${address}`, policy)).toBe(isAddressAllowed(address, policy))
      }),
    )
  })

  test('a network of the operator is allowed exactly within its bounds', () => {
    const policy = policyOf(['10.1.0.0/16', 'fd00:1::/32', '192.168.7.7'])
    const verdicts = ['10.1.255.255', '10.2.0.0', 'fd00:1:ffff::1', 'fd00:2::1', '192.168.7.7', '192.168.7.8']
    expect(verdicts.map((address) => isAddressAllowed(address, policy))).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
    ])
  })

  test('loopback is allowed where the sandbox says so, and nothing else with it', () => {
    const policy = policyOf([], true)
    const allowed = ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']
    const refused = ['0.0.0.0', '::', '10.0.0.1', '169.254.169.254', '::127.0.0.1']
    expect(allowed.filter((address) => !isAddressAllowed(address, policy))).toEqual([])
    expect(refused.filter((address) => isAddressAllowed(address, policy))).toEqual([])
  })

  test('every network that cannot be read is named at once', () => {
    const networks = ['10/8', '10.0.0.0/8', '10.0.0.0/33', 'example.com/8', '::ffff:10.0.0.0/104', '0x7f.1/8']
    expect(() => policyOf(networks)).toThrow(
      'Not a network: "10/8", "10.0.0.0/33", "example.com/8", "::ffff:10.0.0.0/104", "0x7f.1/8".',
    )
  })
})

const pieces = [
  'a',
  '.',
  '1',
  '0x',
  '::',
  'ffff',
  'xn--',
  'é',
  '１',
  '。',
  'localhost',
  'http://',
  'bank.example',
  '\u{10ffff}',
]
const marks = ['@', '/', '//', ':', '[', ']', '\\', '#', '?', '%', '%00', '\t', '\u0000', '\ud800', '\u202e', ' ']
const hostileText = fc
  .array(fc.constantFrom(...pieces, ...marks), { maxLength: 12 })
  .map((parts) => `http://${parts.join('')}`)

describe('addresses of callbacks', () => {
  test.each([
    'https://bank.example/callback?x=1',
    'http://bank.example:8080/',
    'HTTPS://BANK.EXAMPLE/a@b',
    'https://bank.example/回调#part',
    'http://8.8.8.8/',
    'http://[2606:4700:4700::1111]/',
    `https://bank.example/${'a'.repeat(256 - 21)}`,
  ])('%s is taken', (url) => expect(checkCallbackUrl(url, publicOnly)).toBeUndefined())

  test.each([
    ['', 'http://'],
    ['ftp://bank.example/', 'http://'],
    ['javascript:alert(1)', 'http://'],
    ['file:///etc/passwd', 'http://'],
    ['http:bank.example', 'http://'],
    ['//bank.example/', 'http://'],
    ['https://', 'host'],
    ['https:///path', 'host'],
    ['https://?x', 'host'],
    ['https://:443/', 'host'],
    ['https://bank.example:99999/', 'host'],
    ['http://256.256.256.256/', 'host'],
    ['http://[::1', 'host'],
    ['https://user:word@bank.example/', 'user name'],
    ['https://bank.example@127.0.0.1/', 'user name'],
    ['https://@bank.example/', 'user name'],
    ['http:\\\\bank.example/', 'backslash'],
    ['http://bank.example\\@127.0.0.1/', 'backslash'],
    [' http://bank.example/', 'space'],
    ['http://ba\tnk.example/', 'space'],
    ['http://bank.example/\u0000', 'control character'],
    [`https://bank.example/${'a'.repeat(256 - 20)}`, '256 characters'],
    ['http://localhost/', 'not a public address'],
    ['http://LOCALHOST.:80/', 'not a public address'],
    ['http://shop.localhost/', 'not a public address'],
    ['http://0x7f.1/', 'not a public address'],
    ['http://2130706433/', 'not a public address'],
    ['http://[::ffff:127.0.0.1]/', 'not a public address'],
    ['http://１２７.０.０.１/', 'not a public address'],
  ])('%j is refused (%s)', (url, reason) => expect(checkCallbackUrl(url, publicOnly)).toContain(reason))

  test('the local machine may be named where loopback is allowed', () => {
    expect(checkCallbackUrl('http://localhost:9000/notify', policyOf([], true))).toBeUndefined()
    expect(checkCallbackUrl('http://[::1]:9000/notify', policyOf([], true))).toBeUndefined()
  })

  test('no text makes the check throw, and what passes is a URL that can be used', () => {
    fc.assert(
      fc.property(hostileText, (url) => {
        if (checkCallbackUrl(url, publicOnly) !== undefined) return
        const { protocol, hostname, username, password } = new URL(url)
        expect(protocol).toMatch(/^https?:$/)
        expect([hostname === '', username, password]).toEqual([false, '', ''])
      }),
      { numRuns: 1_000 },
    )
  })

  test('a host is given without the brackets of IPv6', () => {
    expect([hostOf('[::1]'), hostOf('bank.example')]).toEqual(['::1', 'bank.example'])
  })
})
