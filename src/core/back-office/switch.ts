import type { SetupTable } from '../../db/set-up-writes.ts'
import type { Operator } from '../command/command.ts'
import { acceptor } from '../nouns/acceptor.ts'
import { activity } from '../nouns/activity.ts'
import { channel } from '../nouns/channel.ts'
import { merchant } from '../nouns/merchant.ts'
import { shop } from '../nouns/shop.ts'
import { template } from '../nouns/template.ts'
import type { DescribedNoun } from '../set-up/rows.ts'
import { actOnSetup, type SetupCore } from './act.ts'
import { requireFound } from './fields.ts'
import { pairKey, type Setup } from '../set-up/snapshot.ts'

export type SwitchedKind =
  | 'app'
  | 'channel'
  | 'acceptor'
  | 'merchant'
  | 'shop'
  | 'activity'
  | 'template'
  | 'supplier'
  | 'rule'
  | 'deliver-link'
  | 'route'

type Switched = {
  table: SetupTable
  /** The columns of the key, in the order in which they are named. */
  key: readonly string[]
  find: (setup: Setup, id: string) => { isEnabled: boolean } | undefined
  /** What changes with the switch. */
  besides?: (setup: Setup, id: string) => object
}

const described = (noun: DescribedNoun): Switched => ({
  table: noun.table,
  key: noun.keys,
  find: (setup, id) => setup[noun.table].get(id),
})

const kinds: Record<SwitchedKind, Switched> = {
  app: { table: 'apps', key: ['face', 'id'], find: (setup, id) => setup.apps.get(id) },
  channel: described(channel),
  acceptor: described(acceptor),
  merchant: described(merchant),
  shop: described(shop),
  activity: described(activity),
  template: described(template),
  supplier: { table: 'suppliers', key: ['id'], find: (setup, id) => setup.suppliers.get(id) },
  'deliver-link': { table: 'deliver_links', key: ['id'], find: (setup, id) => setup.deliverLinks.get(id) },
  // Whoever has a rule prepared keeps it for as long as its revision is the same.
  rule: {
    table: 'rules',
    key: ['id'],
    find: (setup, id) => setup.ruleRows.get(id),
    besides: (setup, id) => ({ revision: (setup.ruleRows.get(id)?.revision ?? 0) + 1 }),
  },
  route: { table: 'routes', key: ['acceptorId', 'channelType'], find: (setup, id) => setup.routes.get(id) },
}

/**
 * Enables or disables what `ids` name: an app by face and id, a merchant or shop by acceptor and number, a route by
 * acceptor and channel type, all else by its id. Answers whether anything changed; the act is in the audit in either case.
 */
export function switchSetup(
  core: SetupCore,
  operator: Operator,
  kind: SwitchedKind,
  ids: readonly string[],
  isEnabled: boolean,
): Promise<{ isChanged: boolean }> {
  const { table, key, find, besides } = kinds[kind]
  const [first = '', second] = ids
  const subjectId = second === undefined ? first : pairKey(first, second)
  return actOnSetup(core, operator, {
    act: `${kind}.${isEnabled ? 'enable' : 'disable'}`,
    subjectKind: kind,
    decide: (setup) => {
      const row = requireFound(find(setup, subjectId), kind, subjectId)
      const where = Object.fromEntries(key.map((column, i) => [column, ids[i] ?? '']))
      return {
        subjectId,
        before: { isEnabled: row.isEnabled },
        after: { isEnabled },
        writes: [{ table, update: { isEnabled, ...besides?.(setup, subjectId) }, where }],
        result: { isChanged: row.isEnabled !== isEnabled },
      }
    },
  })
}
