import { expect, test } from 'vitest'
import { among, duration, redeemableAt, signed, time, yuan } from './parse.ts'
import { showPlace } from './show.ts'

test.each([
  ['2026-12-01', '2026-11-30T16:00:00.000Z'],
  ['2026-12-01 08:30', '2026-12-01T00:30:00.000Z'],
  ['2026-12-01T08:30:15', '2026-12-01T00:30:15.000Z'],
  ['2026-12-01T08:30Z', '2026-12-01T08:30:00.000Z'],
  ['2026-12-01T08:30:00+09:00', '2026-11-30T23:30:00.000Z'],
])('the time %s is %s', (text, instant) => expect(time(text).toISOString()).toBe(instant))

test.each(['', 'now', '2026-02-30', '2026-12-01 24:00', '2026-12-01 08', '1764576000'])('there is no time %j', (text) =>
  expect(() => time(text)).toThrow('Asia/Shanghai'),
)

test('amounts are whole fen, times run in seconds, changes have a sign', () => {
  expect([yuan('30'), yuan('30.5'), yuan('0.01')]).toEqual([3000, 3050, 1])
  expect([duration('20s'), duration('12h'), duration('30d')]).toEqual([20, 43_200, 2_592_000])
  expect([signed('+5'), signed('-12')]).toEqual([5, -12])
})

test.each([
  'everywhere',
  'nowhere',
  'acceptors=990581,990582',
  'brand=A=B tea',
  'merchants=990581:M1,M2',
  'shops=990581:S:1',
])('the place %j is shown as it was written', (text) => expect(showPlace(redeemableAt(text))).toBe(text))

test.each(['', 'anywhere', 'everywhere=x', 'acceptors', 'acceptors=', 'merchants=M1', 'shops=A:', 'brand='])(
  'there is no place %j',
  (text) => expect(() => redeemableAt(text)).toThrow('It is everywhere, nowhere'),
)

test('a word that is not on the list is named', () => {
  expect(among(['due', 'delivered'])('delivered,due')).toEqual(['delivered', 'due'])
  expect(() => among(['due', 'delivered'])('due,lost')).toThrow('lost is none of them: due, delivered.')
})
