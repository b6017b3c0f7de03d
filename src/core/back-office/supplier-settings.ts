import type { z } from 'zod'
import type { SupplierRow } from '../../db/set-up.ts'
import type { Hub } from '../../hub.ts'
import { refuse } from '../command/errors.ts'
import { ownKind } from '../supplier/supplier-of.ts'
import { given } from './fields.ts'

type Settings = Record<string, unknown>
type Kinds = Pick<Hub, 'suppliers'>

/** A supplier's settings as they are kept: what may be seen, and the rest encrypted. */
export type KeptSettings = Pick<SupplierRow, 'secrets'> & { settings: Settings }

/** The kinds that a supplier can be of. */
export const supplierKinds = ({ suppliers }: Kinds): string[] => [...suppliers.keys(), ownKind]

/**
 * Reads the settings of a supplier by the description of its kind; what is blank is left out. Refuses with
 * `bad_request`, naming the field behind `path`.
 */
export function readSupplierSettings(hub: Hub, kind: string, written: Settings, path = 'settings'): KeptSettings {
  if (kind === ownKind) return readOwnSettings(written, path)
  const adapter = hub.suppliers.get(kind)
  if (adapter === undefined) {
    const words = `kind: there is no kind of supplier ${kind}: it is one of ${supplierKinds(hub).join(', ')}`
    return refuse('bad_request', words, { field: 'kind' })
  }
  const parsed = adapter.settings.safeParse(withoutBlanks(written))
  if (!parsed.success) return refuseIssue(parsed.error, path)
  const isSecret = (name: string): boolean => adapter.secretNames.includes(name)
  const fields = Object.entries(given(parsed.data))
  const secrets = fields.filter(([name]) => isSecret(name))
  return {
    settings: Object.fromEntries(fields.filter(([name]) => !isSecret(name))),
    secrets: secrets.length === 0 ? null : hub.keyring.encrypt(JSON.stringify(Object.fromEntries(secrets))),
  }
}

// Nobody is asked for our own codes: there is nothing to be set.
function readOwnSettings(written: Settings, path: string): KeptSettings {
  const [name] = Object.keys(withoutBlanks(written))
  if (name === undefined) return { settings: {}, secrets: null }
  const field = `${path}.${name}`
  return refuse('bad_request', `${field}: a supplier of kind ${ownKind} has no settings`, { field })
}

const withoutBlanks = (written: Settings): Settings =>
  Object.fromEntries(
    Object.entries(written).filter(([, value]) => value !== null && value !== '' && value !== undefined),
  )

function refuseIssue({ issues: [issue] }: z.ZodError, path: string): never {
  const field = [path, ...(issue?.path ?? [])].join('.')
  const words = issue?.code === 'invalid_type' && issue.input === undefined ? 'is missing' : issue?.message
  return refuse('bad_request', `${field}: ${words ?? 'cannot be read'}`, { field })
}

/** The names that no kind of supplier shows to anybody. */
export const secretSettingNames = ({ suppliers }: Kinds): ReadonlySet<string> =>
  new Set([...suppliers.values()].flatMap(({ secretNames }) => secretNames))

/** Settings as they may be shown: without the secret ones. */
export function openSettings(hub: Kinds, settings: Settings): Settings {
  const secret = secretSettingNames(hub)
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !secret.has(name)))
}

/** The secret ones alone: never to be shown, written or logged. */
export function closedSettings(hub: Kinds, settings: Settings): Settings {
  const secret = secretSettingNames(hub)
  return Object.fromEntries(Object.entries(settings).filter(([name]) => secret.has(name)))
}
