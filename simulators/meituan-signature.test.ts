import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { meituanSign } from './meituan-signature.ts'

it('signs by the key and every name with its value, without what is empty', () => {
  const sign = meituanSign({ b: '2', a: '1', c: '', sign: 'x' }, 'KEY')
  expect(sign).toBe(createHash('sha1').update('KEYa1b2').digest('hex'))
})
