import { z } from 'zod'
import type { MerchantRow, ShopRow } from '../../db/set-up.ts'
import { idField, nameField } from '../../read/fields.ts'
import { refuse } from '../command/errors.ts'
import type { Operator } from '../command/operator.ts'
import { actOnSetup, type SetupCore } from './act.ts'
import { given, parseInput, pickFrom, requireChanges, requireFound, requireFree } from './fields.ts'
import { pairKey } from '../set-up/snapshot.ts'

const merchantSchema = z.strictObject({
  acceptorId: idField(),
  no: idField(),
  name: nameField.optional(),
  /** null takes it away. */
  brand: nameField.nullable().optional(),
})
const shopSchema = z.strictObject({
  acceptorId: idField(),
  no: idField(),
  merchantNo: idField().optional(),
  name: nameField.optional(),
  cityId: idField().nullable().optional(),
})

export type MerchantInput = z.input<typeof merchantSchema>
export type ShopInput = z.input<typeof shopSchema>

/** Adds a merchant to an acceptor. The name is the number where absent. */
export function addMerchant(core: SetupCore, operator: Operator, input: MerchantInput): Promise<MerchantRow> {
  const { acceptorId, no, name = no, brand = null } = parseInput(merchantSchema, input)
  return actOnSetup(core, operator, {
    act: 'merchant.add',
    subjectKind: 'merchant',
    decide: (setup, now) => {
      requireFound(setup.acceptors.get(acceptorId), 'acceptor', acceptorId)
      const subjectId = pairKey(acceptorId, no)
      requireFree(setup.merchants.get(subjectId), 'merchant', subjectId)
      const row = { acceptorId, no, name, brand, isEnabled: true, createdAt: now }
      return { subjectId, before: null, after: row, writes: [{ table: 'merchants', insert: row }], result: row }
    },
  })
}

export function updateMerchant(core: SetupCore, operator: Operator, input: MerchantInput): Promise<MerchantRow> {
  const { acceptorId, no, ...rest } = parseInput(merchantSchema, input)
  const changes = given(rest)
  requireChanges(changes)
  return actOnSetup(core, operator, {
    act: 'merchant.update',
    subjectKind: 'merchant',
    decide: (setup) => {
      const subjectId = pairKey(acceptorId, no)
      const row = requireFound(setup.merchants.get(subjectId), 'merchant', subjectId)
      const writes = [{ table: 'merchants' as const, update: changes, where: { acceptorId, no } }]
      const result = { ...row, ...changes } as MerchantRow
      return { subjectId, before: pickFrom(row, changes), after: changes, writes, result }
    },
  })
}

/** Adds a shop to a merchant. Its number is unique among the acceptor's shops. */
export function addShop(core: SetupCore, operator: Operator, input: ShopInput): Promise<ShopRow> {
  const { acceptorId, no, merchantNo, name = no, cityId = null } = parseInput(shopSchema, input)
  if (merchantNo === undefined) return refuse('bad_request', 'merchantNo: is missing', { field: 'merchantNo' })
  return actOnSetup(core, operator, {
    act: 'shop.add',
    subjectKind: 'shop',
    decide: (setup, now) => {
      const merchantKey = pairKey(acceptorId, merchantNo)
      requireFound(setup.merchants.get(merchantKey), 'merchant', merchantKey)
      const subjectId = pairKey(acceptorId, no)
      requireFree(setup.shops.get(subjectId), 'shop', subjectId)
      const row = { acceptorId, no, merchantNo, name, cityId, isEnabled: true, createdAt: now }
      return { subjectId, before: null, after: row, writes: [{ table: 'shops', insert: row }], result: row }
    },
  })
}

/** Changes a shop; it may go over to another merchant of the same acceptor. */
export function updateShop(core: SetupCore, operator: Operator, input: ShopInput): Promise<ShopRow> {
  const { acceptorId, no, ...rest } = parseInput(shopSchema, input)
  const changes = given(rest)
  requireChanges(changes)
  return actOnSetup(core, operator, {
    act: 'shop.update',
    subjectKind: 'shop',
    decide: (setup) => {
      const subjectId = pairKey(acceptorId, no)
      const row = requireFound(setup.shops.get(subjectId), 'shop', subjectId)
      const merchantKey = pairKey(acceptorId, changes.merchantNo ?? row.merchantNo)
      requireFound(setup.merchants.get(merchantKey), 'merchant', merchantKey)
      const writes = [{ table: 'shops' as const, update: changes, where: { acceptorId, no } }]
      const result = { ...row, ...changes } as ShopRow
      return { subjectId, before: pickFrom(row, changes), after: changes, writes, result }
    },
  })
}
