import { describe, expect, it } from 'vitest'
import { environmentSchema, readConfig } from '../../src/config.ts'
import { quoted, readText, tableRows } from './pages.ts'

type Setting = { name: string; given: string; range: string; meaning: string }

const settings: Setting[] = tableRows(readText('docs/configuration.md')).map(
  ([name = '', given = '', range = '', meaning = '']) => ({ name: quoted(name)[0] ?? name, given, range, meaning }),
)
const fieldOf = (name: string) => environmentSchema.shape[name as keyof typeof environmentSchema.shape]
const isTaken = (name: string, text: string): boolean => fieldOf(name).safeParse(text).success

describe('the page of settings', () => {
  it('lists every setting in the order of the schema, and none that there is not', () => {
    expect(settings.map(({ name }) => name)).toEqual(Object.keys(environmentSchema.shape))
  })

  it('says what each is worth where it is not given, and what it means', () => {
    for (const { name, given, meaning } of settings) {
      const value = fieldOf(name).safeParse(undefined).data
      const written = value === undefined || value === '' ? 'none' : `\`${String(value)}\``
      expect([name, given]).toEqual([name, written])
      expect(meaning).not.toBe('')
    }
  })

  it('gives each range as it is checked', () => {
    for (const { name, range } of settings) {
      const [, lowest, highest] = (/^(\d+) to (\d+)$/.exec(range) ?? []).map(Number)
      const words = quoted(range).filter((word) => /^[a-z]+$/.test(word))
      const inside = lowest === undefined ? words : [lowest, highest]
      const outside = lowest === undefined ? words.map((word) => `${word}x`) : [lowest - 1, highest! + 1]
      expect(inside.filter((value) => !isTaken(name, String(value)))).toEqual([])
      expect(outside.filter((value) => isTaken(name, String(value)))).toEqual([])
    }
  })

  it('holds for the gateway of short messages, which is taken whole or not at all', () => {
    const given = { QUANHUB_SMS_URL: 'https://sms.example.com/send', QUANHUB_SMS_KEY: 'key' }
    expect(readConfig(given)).toMatchObject({ smsUrl: given.QUANHUB_SMS_URL, smsKey: 'key' })
    expect(() => readConfig({ ...given, QUANHUB_SMS_KEY: '' })).toThrow('QUANHUB_SMS_KEY: is missing')
    expect(() => readConfig({ QUANHUB_SMS_KEY: 'key' })).toThrow('QUANHUB_SMS_URL: is missing')
    expect(() => readConfig({ ...given, QUANHUB_SMS_URL: 'ftp://a' })).toThrow('must be an address, http or https')
  })
})
