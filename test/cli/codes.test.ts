import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { importCodes } from '../../src/core/back-office/codes/import.ts'
import type { Core } from '../../src/core/core.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { issueCommand, openTestHub, redeemCommand, world } from '../support/world.ts'
import { jsonOf, runCli } from './run-cli.ts'

type Imported = { lines: number; imported: number; present: number; refused: number; errorFile: string | null }
type Source = { name: string; kind: string; total: number; givenOut: number; reserved: number; left: number }

describeOnEachDatabase('imported codes', (database) => {
  let core: Core
  let cwd: string
  const now = new Date('2026-12-01T00:00:00Z')
  beforeEach(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'quanhub-'))
    core = (await openTestHub(database(), { now: () => now })).core
    await json('codes', 'add-pool', 'tea')
  })
  afterEach(() => rmSync(cwd, { recursive: true }))
  const json = <T>(...argv: string[]) => jsonOf<T>(core, argv, { cwd })
  const write = (name: string, ...lines: string[]) => writeFileSync(join(cwd, name), `${lines.join('\n')}\n`)
  const read = (name: string) => readFileSync(join(cwd, name), 'utf8')
  const take = async (name: string, ...more: string[]) => {
    const said = await runCli(core, ['codes', 'import', name, '--pool', 'tea', '--json', ...more], { cwd })
    return { ...(said.json as Imported), exitCode: said.exitCode }
  }
  const pool = async (name: string) =>
    (await json<{ items: Source[] }>('codes', 'list')).items.find((source) => source.name === name)

  test('are handed out in the order of the file, and redeemed like any other', async () => {
    write('a.csv', 'code', 'TEA-001', 'TEA-002')
    expect(await take('a.csv')).toMatchObject({ imported: 2, refused: 0, errorFile: null, exitCode: 0 })
    await json(
      'template',
      'add',
      'TEA',
      '--face-value',
      '5',
      '--valid-days',
      '1',
      '--stock',
      'unlimited',
      '--pool',
      'tea',
      '--redeemable-at',
      'everywhere',
    )
    await json('activity', 'add-template', world.activityId, 'TEA')
    const codes = []
    for (let i = 0; i < 2; i++)
      codes.push((await core.issue(issueCommand(now, { templateId: 'TEA' }))).coupons[0]!.code)
    expect(codes).toEqual(['TEA-001', 'TEA-002'])
    await expect(core.issue(issueCommand(now, { templateId: 'TEA' }))).rejects.toMatchObject({
      code: 'stock_exhausted',
    })
    expect((await core.redeem(redeemCommand('TEA-001', now))).redemption.templateId).toBe('TEA')
    expect(await pool('tea')).toMatchObject({ total: 2, givenOut: 2, reserved: 0, left: 0 })
  })

  test('each refused line stands in the error file, masked, with its reason', async () => {
    await json('codes', 'add-pool', 'other')
    write('other.csv', 'code', 'OTHER-0000001')
    await json('codes', 'import', 'other.csv', '--pool', 'other')
    const own = (await core.issue(issueCommand(now))).coupons[0]!.code
    write(
      'a.csv',
      'no,Code',
      '1,GOOD-1',
      '2,GOOD-1',
      '3,',
      '4,OTHER-0000001',
      `5,${own}`,
      '6,with space',
      `7,${'x'.repeat(65)}`,
      '8,GOOD-2',
    )
    expect(await take('a.csv')).toMatchObject({ lines: 8, imported: 2, present: 0, refused: 6, exitCode: 1 })
    const [head, ...errors] = read('a.csv.errors.csv').trim().split('\n')
    expect(head).toBe('line,code,reason')
    expect(errors.map((line) => line.replace(/,".*?\*\*\*\*.*?",/, ' '))).toEqual([
      '3 "is in the file before"',
      '4 "is empty"',
      '6 "could be a code of our own (digits-16)"',
      '7 "is not printable ASCII without spaces"',
      '8 "has more than 64 characters"',
      '5 "is in pool other already"',
    ])
    expect(read('a.csv.errors.csv')).not.toContain(own)
    expect(statSync(join(cwd, 'a.csv.errors.csv')).mode & 0o777).toBe(0o600)
  })

  test('a dry run says what would happen, and writes nothing but the error file', async () => {
    write('a.csv', 'A-1', 'A-2', 'A-1')
    const before = await json('audit', 'list')
    expect(await take('a.csv', '--dry-run')).toMatchObject({ imported: 2, refused: 1, exitCode: 1 })
    expect(read('a.csv.errors.csv')).toContain('3,')
    expect(await pool('tea')).toMatchObject({ total: 0 })
    expect(await json('audit', 'list')).toEqual(before)
  })

  test.each([
    ['a head of another name', 'coupon_code\nA1\nA2\n', []],
    ['a Chinese head', '券码\nA1\nA2\n', []],
    ['one of several columns', 'name,no\nx,A1\ny,A2\n', ['--column', 'no']],
    ['another delimiter', 'name;code\nx;A1\ny;A2\n', ['--delimiter', ';']],
    [
      'another encoding',
      Buffer.from([0xc8, 0xaf, 0xc2, 0xeb, 10, 0x41, 0x31, 10, 0x41, 0x32, 10]),
      ['--encoding', 'gbk'],
    ],
  ])('a file with %s is imported', async (_, text, options) => {
    writeFileSync(join(cwd, 'a.csv'), text)
    expect(await take('a.csv', ...options)).toMatchObject({ lines: 2, imported: 2, refused: 0 })
  })

  test.each([
    ['A1\n1.23457E+15\n', /Line 2: .* is a number that a spreadsheet has rounded/],
    ['A1\n="0012"\n', /no CSV that can be read|formula of a spreadsheet/],
    ["A1\n'0012\n", /begins with the mark by which a spreadsheet keeps a text/],
    ['A1\n`0012\n', /begins with the mark/],
    ['a;b\nx;A1\n', /with --delimiter/],
    ['券的号码\nA1\n', /looks like a head: say so with --column/],
    [Buffer.from([0xc8, 0xaf, 0xc2, 0xeb, 10, 0x41]), /another encoding: try --encoding gbk/],
    [Buffer.from('PK\u0003\u0004xlsx'), /is a spreadsheet \(\.xlsx, \.xls\)/],
    [`${'A,1\n'.repeat(1)}B"2\n`, /several columns|no CSV/],
    [
      `code\n${Array.from({ length: 3000 }, (_, i) => `A${i}`).join('\n')}\n"never closed\nB1\n`,
      /opening quote at line 300[23]/,
    ],
  ])(
    'a file that cannot be read to its end, or was changed, is refused before anything is written',
    async (text, words) => {
      writeFileSync(join(cwd, 'a.csv'), text)
      const said = await runCli(core, ['codes', 'import', 'a.csv', '--pool', 'tea'], { cwd })
      expect(said.exitCode).toBe(1)
      expect(said.errors.join()).toMatch(words)
      expect(await pool('tea')).toMatchObject({ total: 0 })
    },
  )

  test('codes that no till of Shoubei’s wire can send are imported, and said so', async () => {
    write('a.csv', `code\nA1\n${'B'.repeat(33)}\n`)
    const said = await runCli(core, ['codes', 'import', 'a.csv', '--pool', 'tea'], { cwd })
    expect(said.lines.join()).toContain('1 of them have more than 32 characters')
  })

  test('an import that was cut off is finished by running it again', async () => {
    const codes = Array.from({ length: 2500 }, (_, i) => `RESUME-${i}`)
    const cut = new AbortController()
    async function* lines() {
      for (const [i, code] of codes.entries()) {
        if (i === 1500) cut.abort(new Error('cut off'))
        yield { line: i + 1, code }
      }
    }
    const options = { pool: 'tea', from: 'a.csv', isDryRun: false, onRefused: () => undefined }
    const operator = { name: 'wang', reason: undefined }
    const running = importCodes(core, operator, { ...options, lines: lines(), signal: cut.signal })
    await expect(running).rejects.toThrow('cut off')
    expect(await pool('tea')).toMatchObject({ total: 1000 })
    write('a.csv', 'code', ...codes)
    expect(await take('a.csv')).toMatchObject({ lines: 2500, imported: 1500, present: 1000, refused: 0, exitCode: 0 })
    expect(await pool('tea')).toMatchObject({ total: 2500 })
    expect(existsSync(join(cwd, 'a.csv.errors.csv'))).toBe(false)
  })

  test('generated codes are all different, and can be imported', async () => {
    const options = ['--count', '50', '--length', '12', '--alphabet', 'readable', '--out', 'new.csv']
    await json('codes', 'generate', ...options)
    expect(new Set(read('new.csv').trim().split('\n')).size).toBe(51)
    expect(await take('new.csv')).toMatchObject({ imported: 50, refused: 0 })
    const again = await runCli(core, ['codes', 'generate', ...options], { cwd })
    expect(again.errors[0]).toContain('exists already: choose another name')
  })

  test.each([
    [['generate', '--count', '1000', '--length', '9', '--out', 'x.csv'], 1, /could be guessed: make them longer/],
    [['import', 'none.csv', '--pool', 'tea'], 1, /none\.csv cannot be read/],
    [['import', 'two.csv', '--pool', 'tea'], 1, /several columns: say which has the codes with --column/],
    [['import', 'broken.csv', '--pool', 'tea'], 1, /no CSV that can be read/],
    [['import', 'good.csv', '--pool', 'none'], 3, /"quanhub codes add-pool none" makes it/],
  ])('codes %j is refused with words that help', async (argv, exitCode, words) => {
    write('two.csv', 'a,b', '1,2')
    write('broken.csv', 'code', '"never closed')
    write('good.csv', 'code', 'A1')
    const said = await runCli(core, ['codes', ...argv], { cwd })
    expect(said.errors.join('\n')).toMatch(words)
    expect(said.exitCode).toBe(exitCode)
  })
})
