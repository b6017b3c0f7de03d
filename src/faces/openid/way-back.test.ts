import { assert, property, webUrl } from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { isWayBackAllowed, longestWayBack, readWayBack, wayBackWith } from './way-back.ts'

const hosts = ['h5.bank.example', 'h5.bank.example:8443', 'xn--fiqs8s.example']

describe('the way back', () => {
  test.each([
    ['/deliverWM/1?wmcb=https%3A%2F%2Fh5.bank.example%2Fa%3Fb%3D1%26c%3D2', 'https://h5.bank.example/a?b=1&c=2'],
    ['/deliverWM/1?wmcb=https%3A%2F%2Fh5.bank.example%2Fa&from=menu', 'https://h5.bank.example/a'],
    ['/deliverWM/1?wmcb=https://h5.bank.example/a?b=1&c=2', 'https://h5.bank.example/a?b=1&c=2'],
    ['/deliverWM/1?x=1&wmcb=https://h5.bank.example/a%20b', 'https://h5.bank.example/a%20b'],
    ['/deliverWM/1?wmcb=HTTPS://h5.bank.example', 'HTTPS://h5.bank.example'],
    ['/deliverWM/1?wmcb=', undefined],
    ['/deliverWM/1?wmcb=%E4%BD', undefined],
    ['/deliverWM/1', undefined],
  ])('in %s is %s', (url, wayBack) => expect(readWayBack(url)).toBe(wayBack))

  it('is whatever was encoded', () => {
    assert(
      property(webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
        expect(readWayBack(`/deliverWM/1?wmcb=${encodeURIComponent(url)}&code=c&state=s`)).toBe(url)
      }),
    )
  })

  test.each([
    'https://h5.bank.example',
    'https://h5.bank.example/a/b?c=d#e',
    'http://h5.bank.example/',
    'https://H5.BANK.EXAMPLE/a',
    'https://h5.bank.example:8443/a',
    'https://h5.bank.example:443/a',
    'https://中国.example/a',
  ])('may be %s, whose host is on the list', (address) => expect(isWayBackAllowed(address, hosts)).toBe(true))

  test.each([
    'https://evil.example/',
    'https://evil.example/?h5.bank.example',
    'https://evil.example#h5.bank.example',
    'https://h5.bank.example.evil.example/',
    'https://evilh5.bank.example/',
    'https://h5.bank.example@evil.example/',
    'https://h5.bank.example:x@evil.example/',
    'https://evil.example\\@h5.bank.example/',
    'https://evil.example\\.h5.bank.example/',
    'https:\\\\h5.bank.example/',
    '//h5.bank.example/',
    'https:///h5.bank.example/',
    'https:h5.bank.example/',
    'h5.bank.example/',
    'javascript:alert(1)//h5.bank.example',
    'data:text/html,h5.bank.example',
    'ftp://h5.bank.example/',
    'https://h5.bank.example:8444/',
    'https://xn--80ak6aa92e.example/',
    'https://h5。bank.evil.example/',
    'https://h5.bank.example /',
    'https://h5.bank.example\t.evil.example/',
    'https://h5.bank.example\r\nSet-Cookie:a=b/',
    'https://user@h5.bank.example/',
    `https://h5.bank.example/${'a'.repeat(longestWayBack)}`,
    '',
  ])('may not be %j', (address) => expect(isWayBackAllowed(address, hosts)).toBe(false))

  test.each([
    ['https://h5.bank.example/a?b=1', 'https://h5.bank.example/a?b=1&openid=oA_-1&from=dshy'],
    ['https://h5.bank.example/a', 'https://h5.bank.example/a?openid=oA_-1&from=dshy'],
    ['https://h5.bank.example/#/page?x=1', 'https://h5.bank.example/#/page?x=1&openid=oA_-1&from=dshy'],
    ['https://h5.bank.example/#/page', 'https://h5.bank.example/#/page?openid=oA_-1&from=dshy'],
    ['https://h5.bank.example/券', 'https://h5.bank.example/%E5%88%B8?openid=oA_-1&from=dshy'],
  ])('%s gets the openid at its very end', (address, full) => expect(wayBackWith(address, 'oA_-1')).toBe(full))
})
