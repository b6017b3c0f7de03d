import { beforeEach, expect, it } from 'vitest'
import { importCodes } from '../../src/core/back-office/codes/import.ts'
import type { Core } from '../../src/core/core.ts'
import { HubError } from '../../src/core/command/errors.ts'
import { createRule } from '../../src/core/back-office/rules.ts'
import { addSupplier, updateSupplier } from '../../src/core/back-office/suppliers.ts'
import { switchSetup } from '../../src/core/back-office/switch.ts'
import { addTemplate } from '../../src/core/back-office/templates.ts'
import { createClock, type TestClock } from '../support/clock.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { item, rawRule } from '../support/rules.ts'
import { openTestHub, world } from '../support/world.ts'

const operator = { name: 'test', reason: undefined }
const key = '0123456789abcdeffedcba9876543210'
const esb = { id: '123', kind: 'esb', name: 'An ESB' }
const settings = { makeCodeURL: 'https://esb.example.com/make', encryptType: '3DES', orderEncryptKey: key }

/** The refusal's code and field. */
async function refusalOf(act: () => Promise<unknown>): Promise<string> {
  try {
    return `taken: ${JSON.stringify(await act())}`
  } catch (error) {
    return error instanceof HubError ? [error.code, error.field].filter(Boolean).join(' ') : String(error)
  }
}

describeOnEachDatabase('Suppliers and rules', (database) => {
  let clock: TestClock
  let core: Core
  beforeEach(async () => {
    clock = createClock()
    core = (await openTestHub(database(), { now: clock.now })).core
  })
  const now = () => core.setup.current()
  const rule = (head: object = {}) =>
    rawRule(
      'ScenceLimit',
      { limitWay: 'Q', limitType: 'W', limitItems: [item('*', { limitMaxDay: 1 })] },
      {
        ruleSceneItemKey: world.activityId,
        ...head,
      },
    )
  const create = (head: object = {}, updatedAt?: Date) => createRule(core, operator, { written: rule(head), updatedAt })

  it('a supplier’s settings are read by its kind, its key is kept encrypted, its pool is its own', async () => {
    const shown = await addSupplier(core, operator, { ...esb, settings })
    expect(shown.settings).toEqual({
      makeCodeURL: settings.makeCodeURL,
      encryptType: '3DES',
      requestsPerSecond: 50,
      concurrency: 10,
      timeoutSeconds: 10,
    })
    expect(now().codeSources.get(shown.sourceId)).toMatchObject({ kind: 'pool', name: 'supplier-123' })
    expect(await database().sql`select used, max from counters where key = ${`numbers:${shown.sourceId}`}`).toEqual([
      { used: 0, max: 0 },
    ])
    const kept = await database().sql`
      select settings::text || coalesce(written::text, '') as text from suppliers
      union all select coalesce(before::text, '') || after::text from audit`
    expect(JSON.stringify(kept)).not.toContain(key)
    expect(now().suppliers.get('123')!.settings['orderEncryptKey']).toBe(key)
  })

  it('a rule is asked in a scene by any of its names, or by a word that the operator has declared, and by no other', async () => {
    const week = (ruleScene: string, sceneWords?: Record<string, string>) =>
      createRule(core, operator, { written: rule({ ruleName: ruleScene, ruleScene }), sceneWords })
    const names = [
      '核销',
      'CodeVerify',
      'Verify',
      'verifyCode',
      'verify',
      '制码',
      'makeCode',
      'MakeCode',
      '发券',
      'make',
    ]
    for (const name of names) await week(name)
    await week('门店核销', { 门店核销: 'verify' })
    const scenes = [...now().ruleRows.values()].map(({ scene }) => scene)
    expect(scenes.filter((scene) => scene === 'verify').length).toBe(6)
    expect(scenes.filter((scene) => scene === 'make').length).toBe(5)
    for (const word of ['gift', '门店核销'])
      await expect(async () => week(word)).rejects.toThrow(
        /ruleScene: .* is no scene in which anything is asked: it is one of make/,
      )
  })

  it('an update keeps the settings that it does not name, and takes away what is null', async () => {
    await addSupplier(core, operator, { ...esb, settings: { ...settings, concurrency: 3 } })
    await updateSupplier(core, operator, { id: '123', settings: { timeoutSeconds: '20', concurrency: null } })
    expect(now().suppliers.get('123')!.settings).toMatchObject({
      orderEncryptKey: key,
      timeoutSeconds: 20,
      concurrency: 10,
    })
  })

  it.each([
    [{ ...esb, kind: 'moon' }, 'bad_request kind'],
    [{ ...esb }, 'bad_request settings.makeCodeURL'],
    [{ ...esb, settings: { ...settings, orderEncryptKey: 'short' } }, 'bad_request settings.orderEncryptKey'],
    [{ id: '1', kind: 'own', settings: { colour: 'red' } }, 'bad_request settings.colour'],
    [{ id: 'two words', kind: 'own' }, 'bad_request id'],
  ])('%j is refused: %s', async (input, words) => {
    expect(await refusalOf(() => addSupplier(core, operator, input))).toBe(words)
  })

  it('an id and a name are of one supplier alone', async () => {
    await addSupplier(core, operator, { id: '1', kind: 'own', name: 'One' })
    await addSupplier(core, operator, { id: '2', kind: 'own', name: 'Two' })
    expect(await refusalOf(() => addSupplier(core, operator, { id: '1', kind: 'own', name: 'X' }))).toBe(
      'setup_conflict',
    )
    expect(await refusalOf(() => updateSupplier(core, operator, { id: '2', name: 'One' }))).toBe('setup_conflict name')
  })

  it('nobody else fills the pool of a supplier, nor takes codes of it by its name', async () => {
    await addSupplier(core, operator, { ...esb, settings })
    const lines = (async function* () {
      yield { line: 1, code: 'A1' }
    })()
    const signal = new AbortController().signal
    const options = { pool: 'supplier-123', lines, from: 'a file', isDryRun: false, signal, onRefused: () => {} }
    expect(await refusalOf(() => importCodes(core, operator, options))).toBe('setup_conflict pool')
    const template = { id: 'T9', faceValueFen: 100, validity: { forSeconds: 60 }, stock: null }
    const named = () => addTemplate(core, operator, { ...template, codes: { pool: 'supplier-123' } })
    expect(await refusalOf(named)).toBe('setup_conflict pool')
    const both = () => addTemplate(core, operator, { ...template, supplierId: '123', codes: { length: 20 } })
    expect(await refusalOf(both)).toBe('bad_request codes')
    const row = await addTemplate(core, operator, { ...template, supplierId: '123' })
    expect(row).toMatchObject({ supplierId: '123', sourceId: now().suppliers.get('123')!.sourceId })
  })

  it('rules are numbered from 1, and the same rule again is the same one', async () => {
    expect(await create()).toEqual({ id: '1', isRepeat: false })
    expect(await create()).toEqual({ id: '1', isRepeat: true })
    expect(await create({ ruleSceneItemKey: '*' })).toEqual({ id: '2', isRepeat: false })
    expect(await create({ ruleScene: 'make' })).toEqual({ id: '3', isRepeat: false })
    expect(await create({ ruleSceneItemKey: undefined })).toMatchObject({ id: '2' })
  })

  it('a rule is changed by what is newer, under the same number', async () => {
    await create()
    expect(await refusalOf(() => create({ ruleOrder: 5 }))).toBe('setup_conflict updateTime')
    clock.advance(1)
    expect(await create({ ruleOrder: 5 })).toEqual({ id: '1', isRepeat: false })
    expect(now().rules).toMatchObject([{ id: '1', order: 5 }])
    expect(await refusalOf(() => create({ ruleOrder: 6 }, new Date(0)))).toBe('setup_conflict updateTime')
  })

  it('a rule that is switched off is not asked from the next look on, and is asked again when it is on', async () => {
    await create({ isActive: 'N' })
    const asked = () => now().rulesOfScene.get('verify')?.length ?? 0
    expect(asked()).toBe(0)
    expect(await switchSetup(core, operator, 'rule', ['1'], true)).toEqual({ isChanged: true })
    expect(asked()).toBe(1)
    await switchSetup(core, operator, 'rule', ['1'], false)
    expect(asked()).toBe(0)
    const other = (await openTestHub(database(), { now: clock.now })).core
    expect(other.setup.current().rulesOfScene.get('verify') ?? []).toEqual([])
  })

  it.each([
    [{ ruleSceneItemKey: 'nothing' }, 'setup_not_found ruleSceneItemKey'],
    [{ ruleScenceKey: 'supplier' }, 'setup_not_found ruleSceneItemKey'],
    [{ ruleScenceKey: 'shop', ruleSceneItemKey: world.merchantNo }, 'setup_not_found ruleSceneItemKey'],
    [{ ruleScenceKey: 'shop', ruleScene: 'make', ruleSceneItemKey: world.shopNo }, 'bad_request ruleScenceKey'],
    [{ ruleKey: 'MoonLimit' }, 'bad_request ruleKey'],
    [{ ruleValue: '{' }, 'bad_request ruleValue'],
  ])('a rule with %j is refused: %s', async (head, words) => {
    expect(await refusalOf(() => create(head))).toBe(words)
    expect(now().ruleRows.size).toBe(0)
  })
})
