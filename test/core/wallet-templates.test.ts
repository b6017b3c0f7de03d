import { expect, it } from 'vitest'
import { HubError } from '../../src/core/command/errors.ts'
import { addSupplier } from '../../src/core/back-office/suppliers.ts'
import { addTemplate, updateTemplate } from '../../src/core/back-office/templates.ts'
import type { TemplateInput } from '../../src/core/nouns/template.ts'
import { suppliers } from '../../src/suppliers/index.ts'
import { supplierLimits, type Supplier } from '../../src/suppliers/supplier.ts'
import { heard, openScene, operator, type Scene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { supplierWorld } from '../support/suppliers.ts'
import { createWallet, seedWallet, stockId, walletKind, withWallet } from '../support/wallet.ts'
import { issueCommand, world } from '../support/world.ts'

const texts = { label: 'A route', description: 'Honours codes of its own.' }
const route: Supplier = { kind: 'route', ...texts, settings: supplierLimits, secretNames: [], addressNames: [] }

describeOnEachDatabase('A template whose coupons go into wallets', (database) => {
  const open = (): Promise<Scene> => openScene(database(), { suppliers: withWallet(createWallet()) })

  async function fieldRefused(act: Promise<unknown>): Promise<string | undefined> {
    const error = await act.catch((caught: unknown) => caught)
    return error instanceof HubError ? error.field : undefined
  }

  it('is used once, redeemed at no till, and names the batch of its supplier', async () => {
    const { core } = await open()
    await addSupplier(core, operator, { id: 'W1', kind: walletKind })
    const input: TemplateInput = {
      id: 'T1',
      faceValueFen: 3_000,
      validity: { forSeconds: 60 },
      stock: null,
      supplierId: 'W1',
      settings: { thirdProductId: stockId },
    }
    const everywhere = { redeemableAt: { kind: 'everywhere' as const } }
    expect(await fieldRefused(addTemplate(core, operator, { ...input, useTimes: 2 }))).toBe('useTimes')
    expect(await fieldRefused(addTemplate(core, operator, { ...input, ...everywhere }))).toBe('redeemableAt')
    expect(await fieldRefused(addTemplate(core, operator, { ...input, settings: {} }))).toBe('thirdProductId')
    await addTemplate(core, operator, input)
    expect(await fieldRefused(updateTemplate(core, operator, { id: 'T1', ...everywhere }))).toBe('redeemableAt')
  })

  it('cannot be ordered without the holder’s openid, nor two at a time', async () => {
    const { core, clock } = await open()
    await seedWallet(database())
    const order = (given: object) =>
      core.issue(issueCommand(clock.now(), { templateId: supplierWorld.templateId, ...given }))
    expect(await fieldRefused(order({ openid: undefined }))).toBe('openid')
    expect(await heard(order({ quantity: 2 }))).toBe('template_unsuitable')
    expect(await fieldRefused(order({ templateId: world.templates.normal, openid: undefined }))).toBe(undefined)
  })

  it('cannot have a supplier that makes no codes', async () => {
    const kinds = new Map<string, Supplier>([...suppliers, ['route', route]])
    const { core } = await openScene(database(), { suppliers: kinds })
    await addSupplier(core, operator, { id: 'R1', kind: 'route' })
    const input = { id: 'T2', faceValueFen: 3_000, validity: { forSeconds: 60 }, stock: null, supplierId: 'R1' }
    expect(await fieldRefused(addTemplate(core, operator, input))).toBe('supplierId')
  })
})
