import { wrongCharacters } from './case.ts'
import { noAmountNumbers, noAmounts } from './shoubei-fields.ts'
import { Token } from './whale-requests.ts'

/** A kind of field: what it must be, in the hub's words, and what it may not be. */
export type Kind = { problem: string; bad: unknown[] }

const noTexts: unknown[] = [true, false, ['a'], { a: 1 }]

export const id = (longest: number): Kind => ({
  problem: `must be at most ${longest} printable ASCII characters without spaces`,
  bad: [...noTexts, ...wrongCharacters, '9'.repeat(longest + 1)],
})
/** A code as people type it, with blanks and dashes. */
export const typedCode = (longest: number): Kind => ({
  problem: `must be a code of at most ${longest} printable ASCII characters`,
  bad: [...noTexts, ...wrongCharacters.filter((text) => text !== 'a b'), '9'.repeat(longest + 1)],
})
export const name = (longest: number): Kind => ({
  problem: `must be a text of at most ${longest} characters, without control characters`,
  bad: [...noTexts, ' ', 'a\u0000b', 'a\nb', 'a\u007f', '券'.repeat(longest + 1)],
})
export const fen: Kind = {
  problem: 'must be an amount in fen',
  bad: [...noTexts, ...noAmounts, ...noAmountNumbers.map((text) => new Token(text))],
}
export const whole = (min: number, max: number): Kind => ({
  problem: `must be a whole number from ${min} to ${max}`,
  bad: [
    ...noTexts,
    'x',
    '1.5',
    '1e1',
    '0x1',
    ' 1',
    '+1',
    '01',
    '１',
    String(min - 1),
    String(max + 1),
    ...['1.5', '1e1', '1.0', String(min - 1), String(max + 1), '99999999999999999'].map((text) => new Token(text)),
  ],
})
export const longId: Kind = {
  ...whole(1, Number.MAX_SAFE_INTEGER),
  bad: [...whole(1, 9).bad.slice(0, 12), '9007199254740992'],
}
export const flag: Kind = { problem: 'must be Y or N', bad: [...noTexts, 'y', 'YES', '1', 1] }
export const compactTime: Kind = {
  problem: 'must be a time that exists, yyyyMMddHHmmss',
  bad: [
    ...noTexts,
    '20260230000000',
    '20261301000000',
    '20260301240000',
    '20260301006000',
    '20260301',
    '2026-03-01',
    1,
  ],
}
export const day: Kind = {
  problem: 'must be a day that exists',
  bad: [...noTexts, '20260230', '20261301', '2026-3-1', 'x'],
}
export const twelveDigits: Kind = {
  problem: 'must be 12 digits: an amount in fen',
  bad: [...noTexts, '3000', '0000000030000', '00000000300x', '000000003.00', '-00000003000', new Token('3000')],
}
export const url: Kind = {
  problem: '',
  bad: [
    ...noTexts,
    'www.baidu.com',
    'ftp://a.example/',
    'javascript:alert(1)',
    'http://u:p@a.example/',
    'http://10.0.0.1/',
  ],
}
export const key: Kind = { problem: '', bad: [...noTexts, 'publicKey', 'MIIB', '-----BEGIN PUBLIC KEY-----'] }
export const object: Kind = { problem: 'must be an object', bad: [true, 'x', 1, ['a']] }
export const list: Kind = { problem: 'must be a list', bad: [true, 'x', 1, { a: 1 }] }
export const mobile: Kind = {
  problem: 'must be a mobile number',
  bad: [...noTexts, '1352416180', '135241618000', '1352416180x', '+12345', '23524161800', 'a b'],
}
export const oneOf = (words: string): Kind => ({ problem: `must be ${words}`, bad: [...noTexts, 'x', 'MAKE', 7] })
