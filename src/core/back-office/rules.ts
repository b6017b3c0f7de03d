import type { Hub } from '../../hub.ts'
import { insertAudit } from '../../db/audit.ts'
import type { Tx } from '../../db/client/client.ts'
import type { RuleRow } from '../../db/set-up.ts'
import type { SetupWrite } from '../../db/set-up-writes.ts'
import { hashCardNoWith } from '../keys/hashes.ts'
import { countBack, type CountedBack } from '../replay/count-back.ts'
import { refuse } from '../command/errors.ts'
import { makeNumber } from '../numbers/numbers.ts'
import { auditRow, type Operator } from '../command/command.ts'
import { parseRule, sealRuleValue, type AttachmentKind, type Refusal, type Rule } from '../rules/index.ts'
import { actOnSetup, type SetupCore, type SetupDecision, type SetupRequest } from './act.ts'
import { isSameContent, whenWritten } from './same-content.ts'
import type { Setup } from '../set-up/snapshot.ts'

/**
 * A rule as it is written (`hub.ruleSpelling`), in plain JSON; when its writer changed it last (absent: now); and from when on it counts
 * what was accepted already (absent: nothing).
 */
export type RuleInput = {
  written: unknown
  updatedAt?: Date | undefined
  countFrom?: Date | undefined
  /** What the writer calls scenes, besides the wire's own names. */
  sceneWords?: Readonly<Record<string, string>> | undefined
}

/** `isRepeat`: it was there before, word for word. */
export type CreatedRule = { id: string; isRepeat: boolean; counted?: CountedBack }

type Read = { rule: Rule; written: Record<string, unknown>; subjectId: string }

/**
 * Creates a rule, or changes the one that hangs on the same thing in the same scene under the same name. The same again
 * changes nothing; other content that is no newer is refused with `setup_conflict`. Refuses with `bad_request` what
 * cannot be understood or decided, and with `setup_not_found` what hangs on nothing; each names the field as it is written.
 */
export function createRule(
  core: SetupCore,
  operator: Operator,
  { written, updatedAt: given, countFrom, sceneWords = {} }: RuleInput,
  request?: SetupRequest,
): Promise<CreatedRule> {
  const read = readRule(core, written, sceneWords)
  return actOnSetup(
    core,
    operator,
    {
      act: 'rule.create',
      subjectKind: 'rule',
      decide: async (setup, now, tx) => {
        requireSubject(setup, read.rule, core.hub)
        const found = findRule(setup, read)
        const updatedAt = whenWritten(given, now)
        const decision = found === undefined ? addRule(setup, read, updatedAt, now) : changeRule(found, read, updatedAt)
        if (countFrom === undefined) return decision
        const counted = await countSince({ core, operator, tx, setup, now }, read, decision.result, countFrom)
        return { ...decision, result: { ...decision.result, counted } }
      },
    },
    request,
  )
}

type Acting = { core: SetupCore; operator: Operator; tx: Tx; setup: Setup; now: Date }

/** Has the rule, by its number, count what was accepted since an instant. The audit says how much that was. */
async function countSince(
  { core, operator, tx, setup, now }: Acting,
  { written }: Read,
  { id }: CreatedRule,
  from: Date,
): Promise<CountedBack> {
  const parsed = parseRule(written, {
    id,
    spelling: core.hub.ruleSpelling,
    hashCardNo: hashCardNoWith(core.hub.keyring),
  })
  if ('refusal' in parsed) throw new Error(`rule ${id} cannot be read again: ${parsed.refusal.message}`)
  const counted = await countBack(tx, setup, parsed.rule, from, now)
  const after = { from: from.toISOString(), ...counted }
  const row = auditRow({ no: makeNumber(0, now) }, operator, 'rule.count-back', 'rule', id, null, after, now)
  await insertAudit(tx, [row])
  return counted
}

function readRule({ hub }: SetupCore, given: unknown, sceneWords: Readonly<Record<string, string>>): Read {
  const { ruleSpelling: spelling } = hub
  const hashCardNo = hashCardNoWith(hub.keyring)
  // Its own id is only known once it is known whether it is there already; nothing here depends on it.
  const scened = spelling.withScene(given, sceneWords)
  if ('refusal' in scened) return refuseRule(scened.refusal)
  const { raw } = scened
  const parsed = parseRule(raw, { id: '1', spelling, hashCardNo })
  if ('refusal' in parsed) return refuseRule(parsed.refusal)
  const { rule, head } = parsed
  const { itemId } = rule.attachment
  const written = spelling.keepRule(raw, { itemId, value: sealRuleValue(head, hashCardNo) })
  return { rule, written, subjectId: itemId ?? '' }
}

const refuseRule = ({ field, message }: Refusal): never =>
  refuse('bad_request', field === '' ? message : `${field}: ${message}`, { field })

const findRule = ({ ruleRows }: Setup, { rule, subjectId }: Read): RuleRow | undefined =>
  [...ruleRows.values()].find(
    (row) =>
      row.subjectKind === rule.attachment.kind &&
      row.subjectId === subjectId &&
      row.scene === rule.scene &&
      row.name === rule.name,
  )

function addRule(
  setup: Setup,
  { rule, written, subjectId }: Read,
  updatedAt: Date,
  now: Date,
): SetupDecision<CreatedRule> {
  const id = String(Math.max(0, ...[...setup.ruleRows.keys()].map(Number)) + 1)
  const row: RuleRow = {
    id,
    subjectKind: rule.attachment.kind,
    subjectId,
    scene: rule.scene,
    name: rule.name,
    written,
    isEnabled: rule.isActive,
    revision: 1,
    createdAt: now,
    updatedAt,
  }
  const writes: SetupWrite[] = [{ table: 'rules', insert: row }]
  return { subjectId: id, before: null, after: row, writes, result: { id, isRepeat: false } }
}

function changeRule(found: RuleRow, { rule, written }: Read, updatedAt: Date): SetupDecision<CreatedRule> {
  const { id } = found
  if (isSameContent(found.written, written)) return { isUnchanged: true, result: { id, isRepeat: true } }
  if (updatedAt <= found.updatedAt) {
    const stored = found.updatedAt.toISOString()
    refuse('setup_conflict', `rule ${id} has other content, of ${stored}: only a newer one changes it`, {
      field: 'updateTime',
    })
  }
  // A switch of an operator stays as it is until the writer says otherwise.
  const isSwitched = rule.isActive !== isWrittenActive(found)
  const changes = {
    written,
    updatedAt,
    revision: found.revision + 1,
    isEnabled: isSwitched ? rule.isActive : found.isEnabled,
  }
  const writes: SetupWrite[] = [{ table: 'rules', update: changes, where: { id } }]
  return { subjectId: id, before: found, after: changes, writes, result: { id, isRepeat: false } }
}

const isWrittenActive = ({ written }: RuleRow): boolean => (written as { isActive?: string }).isActive !== 'N'

function requireSubject(setup: Setup, { attachment: { kind, itemId } }: Rule, { ruleSpelling }: Hub): void {
  if (itemId === null || isThere(setup, kind, itemId)) return
  const field = ruleSpelling.fieldNames.itemId
  refuse('setup_not_found', `${field}: there is no ${kind} ${itemId}`, { field })
}

// Merchants and shops are named by their numbers alone, whichever acceptor they are of.
const isThere = (setup: Setup, kind: AttachmentKind, id: string): boolean => {
  if (kind === 'merchant') return [...setup.merchants.values()].some(({ no }) => no === id)
  if (kind === 'shop') return [...setup.shops.values()].some(({ no }) => no === id)
  return rowsById(setup)[kind].has(id)
}

const rowsById = ({ activities, templates, channels, suppliers, acceptors }: Setup) => ({
  activity: activities,
  template: templates,
  channel: channels,
  supplier: suppliers,
  acceptor: acceptors,
})
