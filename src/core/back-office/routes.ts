import { z } from 'zod'
import type { RouteRow, RouteShopRow } from '../../db/set-up.ts'
import type { SetupWrite } from '../../db/set-up-writes.ts'
import type { Hub } from '../../hub.ts'
import { parseCodePattern } from '../codes/code-pattern.ts'
import { idField } from '../../read/fields.ts'
import { refuse } from '../command/errors.ts'
import { ownKind } from '../supplier/supplier-of.ts'
import type { Operator } from '../command/command.ts'
import { actOnSetup, type SetupCore } from './act.ts'
import { given, parseInput, pickFrom, requireChanges, requireFound, requireFree } from './fields.ts'
import { pairKey, type Route, type Setup } from '../set-up/snapshot.ts'

const patternField = z.string().superRefine((text, context) => {
  try {
    parseCodePattern(text)
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
  }
})

const channelTypeField = z.string().regex(/^\d{5}$/, 'must be five digits')

const schema = z.strictObject({
  acceptorId: idField(),
  channelType: channelTypeField,
  supplierId: idField().optional(),
  /** null takes it away. */
  codePattern: patternField.nullable().optional(),
  takesScanned: z.boolean().optional(),
})
const shopSchema = z.strictObject({
  acceptorId: idField(),
  channelType: channelTypeField,
  shopNo: idField(),
  /** null takes it away. */
  thirdShopNo: idField().nullable(),
})

export type RouteInput = z.input<typeof schema>
export type RouteShopInput = z.input<typeof shopSchema>

/**
 * Lets an acceptor's tills redeem a supplier's codes by a channel type. A supplier of kind `own` stands for the hub's
 * own and pooled codes.
 */
export function addRoute(core: SetupCore, operator: Operator, input: RouteInput): Promise<RouteRow> {
  const { acceptorId, channelType, supplierId, ...rest } = parseInput(schema, input)
  if (supplierId === undefined) return refuse('bad_request', 'supplierId: is missing', { field: 'supplierId' })
  return actOnSetup(core, operator, {
    act: 'route.add',
    subjectKind: 'route',
    decide: (setup, now) => {
      requireFound(setup.acceptors.get(acceptorId), 'acceptor', acceptorId)
      requireRedeemer(core.hub, setup, supplierId)
      const subjectId = pairKey(acceptorId, channelType)
      requireFree(setup.routes.get(subjectId), 'route', subjectId)
      const { codePattern = null, takesScanned = false } = rest
      const row = { acceptorId, channelType, supplierId, codePattern, takesScanned, isEnabled: true, createdAt: now }
      return { subjectId, before: null, after: row, writes: [{ table: 'routes', insert: row }], result: row }
    },
  })
}

/** Changes what is given. What is under way goes on with the supplier that it began with. */
export function updateRoute(core: SetupCore, operator: Operator, input: RouteInput): Promise<RouteRow> {
  const { acceptorId, channelType, ...rest } = parseInput(schema, input)
  const changes = given(rest)
  requireChanges(changes)
  return actOnSetup(core, operator, {
    act: 'route.update',
    subjectKind: 'route',
    decide: (setup) => {
      const { subjectId, row } = findRoute(setup, acceptorId, channelType)
      if (changes.supplierId !== undefined) requireRedeemer(core.hub, setup, changes.supplierId)
      const writes: SetupWrite[] = [{ table: 'routes', update: changes, where: { acceptorId, channelType } }]
      const result = { ...row, ...changes } as RouteRow
      return { subjectId, before: pickFrom(row, changes), after: changes, writes, result }
    },
  })
}

/** Says what the supplier of a route calls a shop. */
export function nameRouteShop(core: SetupCore, operator: Operator, input: RouteShopInput): Promise<RouteShopInput> {
  const named = parseInput(shopSchema, input)
  const { acceptorId, channelType, shopNo, thirdShopNo } = named
  return actOnSetup(core, operator, {
    act: 'route.name-shop',
    subjectKind: 'route',
    decide: (setup) => {
      const { subjectId, thirdShopNos } = findRoute(setup, acceptorId, channelType)
      requireFound(setup.shops.get(pairKey(acceptorId, shopNo)), 'shop', pairKey(acceptorId, shopNo))
      const before = { shopNo, thirdShopNo: thirdShopNos.get(shopNo) ?? null }
      const writes = writesOf(named, before.thirdShopNo)
      return { subjectId, before, after: { shopNo, thirdShopNo }, writes, result: named }
    },
  })
}

function writesOf({ thirdShopNo, ...where }: RouteShopInput, before: string | null): SetupWrite[] {
  const table = 'route_shops'
  if (thirdShopNo === before) return []
  if (thirdShopNo === null) return [{ table, delete: where }]
  const row: RouteShopRow = { ...where, thirdShopNo }
  return before === null ? [{ table, insert: row }] : [{ table, update: { thirdShopNo }, where }]
}

function findRoute(setup: Setup, acceptorId: string, channelType: string) {
  const subjectId = pairKey(acceptorId, channelType)
  const { thirdShopNos, ...route } = requireFound(setup.routes.get(subjectId), 'route', subjectId)
  return { subjectId, thirdShopNos, row: rowOfRoute(route) }
}

/** A route as its row has it. */
export const rowOfRoute = ({ codePattern, ...route }: Omit<Route, 'thirdShopNos'>): RouteRow => ({
  ...route,
  codePattern: codePattern?.text ?? null,
})

function requireRedeemer({ suppliers }: Hub, setup: Setup, supplierId: string): void {
  const { kind } = requireFound(setup.suppliers.get(supplierId), 'supplier', supplierId)
  if (kind === ownKind || suppliers.get(kind)?.redeemer !== undefined) return
  const words = `supplierId: suppliers of kind ${kind} have no codes of their own that tills could redeem`
  refuse('bad_request', words, { field: 'supplierId' })
}
