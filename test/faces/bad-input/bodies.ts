import { gzipSync } from 'node:zlib'
import { endpoints, exchangeBad, lakalaBad, sendRaw, shoubeiBad, whaleBad, type Case } from './case.ts'

const noObject = 'the body is no JSON object: '

/** What is no JSON object in UTF-8: a title, the bytes, and why. */
export const bodies: [string, string | Buffer, string][] = [
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

/** What is no JSON object in UTF-8, at every endpoint. */
export function bodyCases(): Case[] {
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

/** Exchange has a status for it. */
const noSuchMethod = '4 没有对应的接口方法'

/** Paths and methods that do not exist. */
export function routeCases(): Case[] {
  const wrongPaths = [
    ['/lakala/nothing', lakalaBad],
    ['/lakala/coupons/issue/', lakalaBad],
    ['/whale/nothing', whaleBad],
    ['/openpay/coupon/WF', shoubeiBad],
    ['/openpay/coupon/wf/../../x', shoubeiBad],
    ['/openpay/coupon/wf%00', shoubeiBad],
    ['/v1/openapi/order/query', noSuchMethod],
    ['/v1/openapi/order/info/', noSuchMethod],
    ['/v1/openapi', noSuchMethod],
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
      hears: bad === exchangeBad ? noSuchMethod : `${bad}${path} takes POST only`,
      status: 405,
    })),
  ]
}
