import { z } from 'zod'
import type { DeliverLinkRow } from '../../db/set-up.ts'
import { idField } from '../../read/fields.ts'
import { refuse } from '../command/errors.ts'
import type { Operator } from '../command/command.ts'
import { actOnSetup, type SetupCore } from './act.ts'
import { given, parseInput, pickFrom, requireChanges, requireFound, requireFree } from './fields.ts'
import type { DeliverLink } from '../set-up/snapshot.ts'

const hostsField = z.array(z.string()).min(1, 'names at least one host').max(100, 'has at most 100 hosts')
const secretField = z.string().regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable characters')

const addSchema = z.strictObject({
  id: idField(),
  channelId: idField(),
  wechatAppId: idField(),
  wechatSecret: secretField,
  hosts: hostsField,
})
export type DeliverLinkInput = z.input<typeof addSchema>

const updateSchema = addSchema.omit({ channelId: true }).partial().required({ id: true })
export type DeliverLinkUpdate = z.input<typeof updateSchema>

/** A deliver link as it may be shown. */
export type ShownDeliverLink = Omit<DeliverLink, 'wechatSecret'>

/** Leaves out what may not be shown. */
export function shownDeliverLink({ id, channelId, wechatAppId, hosts, isEnabled, createdAt }: DeliverLink) {
  return { id, channelId, wechatAppId, hosts, isEnabled, createdAt }
}

/**
 * A host as URLs name it: lower case, Punycode, with a port where it is not the usual one of https. undefined where it is
 * no host (a scheme, a path or a user name with it, say), or a pattern: each host is named.
 */
export function normalizeHost(host: string): string | undefined {
  if (host === '' || /[\s/\\?#@%*\p{Cc}]/u.test(host) || !URL.canParse(`https://${host}/`)) return undefined
  return new URL(`https://${host}/`).host
}

function readHosts(hosts: string[]): string[] {
  const normal = hosts.map((host) => {
    const read = normalizeHost(host)
    return read ?? refuse('bad_request', `hosts: ${host} is no host such as h5.example.com`, { field: 'hosts' })
  })
  return [...new Set(normal)]
}

/** Adds a link by which a channel's pages learn their holders' openids. The secret is kept encrypted. */
export async function addDeliverLink(
  core: SetupCore,
  operator: Operator,
  input: DeliverLinkInput,
): Promise<ShownDeliverLink> {
  const { id, channelId, wechatAppId, wechatSecret, hosts } = parseInput(addSchema, input)
  const normal = readHosts(hosts)
  const sealed = core.hub.keyring.encrypt(wechatSecret)
  return actOnSetup(core, operator, {
    act: 'deliver-link.add',
    subjectKind: 'deliver-link',
    decide: (setup, now) => {
      requireFree(setup.deliverLinks.get(id), 'deliver-link', id)
      requireFound(setup.channels.get(channelId), 'channel', channelId)
      const shown: ShownDeliverLink = { id, channelId, wechatAppId, hosts: normal, isEnabled: true, createdAt: now }
      const insert: DeliverLinkRow = { ...shown, wechatSecret: sealed }
      const writes = [{ table: 'deliver_links' as const, insert }]
      return { subjectId: id, before: null, after: shown, writes, result: shown }
    },
  })
}

/** Changes what is given. Links that holders have open go on working, until their ten minutes are over. */
export async function updateDeliverLink(
  core: SetupCore,
  operator: Operator,
  input: DeliverLinkUpdate,
): Promise<ShownDeliverLink> {
  const { id, wechatSecret, hosts, wechatAppId } = parseInput(updateSchema, input)
  const open = given({ wechatAppId, hosts: hosts && readHosts(hosts) })
  const sealed = given({ wechatSecret: wechatSecret && core.hub.keyring.encrypt(wechatSecret) })
  requireChanges({ ...open, ...sealed })
  return actOnSetup(core, operator, {
    act: 'deliver-link.update',
    subjectKind: 'deliver-link',
    decide: (setup) => {
      const row = requireFound(setup.deliverLinks.get(id), 'deliver-link', id)
      const secret = wechatSecret === undefined ? {} : { wechatSecret: 'changed' }
      const writes = [{ table: 'deliver_links' as const, update: { ...open, ...sealed }, where: { id } }]
      const after = { ...open, ...secret }
      const result = { ...shownDeliverLink(row), ...open } as ShownDeliverLink
      return { subjectId: id, before: pickFrom(row, open), after, writes, result }
    },
  })
}
