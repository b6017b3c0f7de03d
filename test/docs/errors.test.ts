import { expect, it } from 'vitest'
import { errorCodes } from '../../src/core/command/errors.ts'
import { wordsOf as exchangeWords } from '../../src/faces/exchange/words.ts'
import { wordsOf as lakalaWords } from '../../src/faces/lakala/words.ts'
import { wordsOf as shoubeiWords } from '../../src/faces/shoubei/words.ts'
import { wordsOf as whaleWords } from '../../src/faces/whale/words.ts'
import { readText, tables } from './pages.ts'

it('the page of refusals lists every code in its order, with the words of each face, and none that there is not', () => {
  const [{ head, rows } = { head: [], rows: [] }] = tables(readText('docs/errors.md'))
  expect(head).toEqual(['code', 'meaning', 'what the caller should do', 'Lakala', 'Shoubei', 'Whale', 'Exchange'])
  const written = rows.map(([code, , , ...words]) => [code, ...words])
  const told = errorCodes.map((code) => {
    const faces = [lakalaWords, shoubeiWords, whaleWords, exchangeWords]
    const words = faces.map((one) => `\`${one[code].code}\` ${one[code].msg}`)
    return [`\`${code}\``, ...words]
  })
  expect(written).toEqual(told)
  expect(rows.filter(([, meaning, advice]) => meaning === '' || advice === '')).toEqual([])
})
