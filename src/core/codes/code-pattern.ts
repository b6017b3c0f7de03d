/** How the codes of a supplier look. No regular expression: whether a code fits is told in one look at it. */
export type CodePattern = {
  /** As an operator wrote it. */
  text: string
  isDigits: boolean
  minLength: number
  maxLength: number
  prefix: string
}

const longestCode = 512
const form = /^(digits|any) ([1-9]\d{0,2})(?:-([1-9]\d{0,2}))?(?: ([\x21-\x7e]{1,64}))?$/

/**
 * Reads `digits 12`, `digits 10-14`, `any 20-512 https://v.example.com/`: of what characters, how long (1 to 512), and
 * how it begins. Throws an Error that says what is wrong.
 */
export function parseCodePattern(text: string): CodePattern {
  const [, characters, min, max, prefix = ''] = form.exec(text) ?? []
  if (characters === undefined) {
    throw new Error(`must be such as "digits 12", "digits 10-14" or "any 20-${longestCode} https://v.example.com/"`)
  }
  const pattern = {
    text,
    isDigits: characters === 'digits',
    minLength: Number(min),
    maxLength: Number(max ?? min),
    prefix,
  }
  const { minLength, maxLength } = pattern
  if (minLength > maxLength || maxLength > longestCode) {
    throw new Error(`must have lengths from 1 to ${longestCode}, the smaller one first`)
  }
  if (prefix.length > maxLength) throw new Error('must not begin with more characters than it has')
  if (pattern.isDigits && /\D/.test(prefix)) throw new Error('must begin with digits where it is of digits')
  return pattern
}

export const fitsPattern = (code: string, { isDigits, minLength, maxLength, prefix }: CodePattern): boolean =>
  code.length >= minLength && code.length <= maxLength && code.startsWith(prefix) && (!isDigits || !/\D/.test(code))
