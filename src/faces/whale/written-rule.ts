import { z } from 'zod'
import {
  attachmentKinds,
  findRuleType,
  isRecord,
  readJson,
  refusalOf,
  type AttachmentKind,
  type Refusal,
  type RuleHead,
  type RuleSpelling,
} from '../../core/rules/index.ts'
import { endTime, flag, id as idOrKey, text, time } from '../../core/rules/reading/fields.ts'

// Whale, 规则创建接口: rules as an ERP writes them, and as they are kept and written in files.

const order = z
  .union([z.number().int(), z.string().regex(/^-?[0-9]{1,9}$/)], { error: 'must be a whole number' })
  .transform(Number)
  .refine((given) => Math.abs(given) < 1e9, 'must have at most nine digits')

/** The fields of createRule around the rule's value. */
export const ruleHeadSchema = z
  .object({
    ruleScenceKey: text(
      {
        title: '场景关键字',
        description: 'What the rule hangs on: activity, template, channel, merchant, shop, supplier or acceptor.',
      },
      64,
    ),
    ruleSceneItemKey: idOrKey({ title: '场景对象ID', description: 'Which of them; absent or *: all.' }, 64).optional(),
    ruleScene: text({ title: '规则适用场景', description: 'When it is asked: make or verify.' }, 64),
    ruleName: text({ title: '规则名称', description: 'Its name.' }, 100),
    ruleKey: text({ title: '规则关键字', description: 'Its type.' }, 40),
    ruleValue: z.unknown().meta({ title: '规则内容', description: 'What it says, an object or a string of JSON.' }),
    startTime: time({ title: '规则开始时间', description: 'From when it is asked.' }),
    endTime: endTime({ title: '规则结束时间', description: 'The last second in which it is asked.' }),
    messageTpl: text(
      {
        title: '规则不满足提示消息模板',
        description: 'What is told: {limitKey} {used} {max} {period} {ruleName} are filled.',
      },
      500,
    ),
    isActive: flag({ title: '是否启用', description: 'Y (default) or N.' }).optional(),
    isContinue: flag({
      title: '规则不满足是否继续',
      description: 'Y: a failed rule is noted, not counted, and passes.',
    }).optional(),
    ruleOrder: order.optional().meta({ title: '规则执行顺序', description: 'The smaller is asked first (0).' }),
  })
  .refine((rule) => rule.startTime < rule.endTime, { path: ['endTime'], error: 'lies before startTime' })

/** The document's typos are the wire's names; the correct spellings are taken too. */
const correctSpellings = {
  ruleSceneKey: 'ruleScenceKey',
  ruleScenceItemKey: 'ruleSceneItemKey',
  ruleScence: 'ruleScene',
}

const mostLevels = 20

/** An optional field that is null or empty is absent, at every depth; so is what lies too deep. */
function dropAbsent(given: unknown, levels = mostLevels): unknown {
  if (levels === 0) return undefined
  if (Array.isArray(given)) return given.map((element) => dropAbsent(element, levels - 1))
  if (!isRecord(given)) return given
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) =>
      value === null || value === '' ? [] : [[key, dropAbsent(value, levels - 1)]],
    ),
  )
}

/** Takes a field by its other name, where the known one is not given. */
function withKnownNames(given: unknown, names: Record<string, string>): unknown {
  if (!isRecord(given)) return given
  const renamed = Object.entries(names).flatMap(([other, known]) =>
    given[other] === undefined || given[known] !== undefined ? [] : [[known, given[other]] as const],
  )
  return { ...given, ...Object.fromEntries(renamed) }
}

/** The `ruleValue` of createRule, an object or a string of JSON, ready for its type's schema. */
function readRuleValue(ruleValue: unknown): unknown {
  const value = dropAbsent(typeof ruleValue === 'string' ? readJson(ruleValue) : ruleValue)
  if (!isRecord(value) || !Array.isArray(value['limitItems'])) return value
  return { ...value, limitItems: value['limitItems'].map((item) => withKnownNames(item, { WeekTime: 'weekTime' })) }
}

/** The documents say "the table's name": what an ERP may call the tables, without prefix and separators. */
const aliases: Record<AttachmentKind, string[]> = {
  activity: ['activities', 'ebuyactivity', 'whaleactivity', 'activityinfo', '活动'],
  template: ['templates', 'ticket', 'tickettemplate', 'coupontemplate', 'product', 'ticketinfo', '券模板', '模板'],
  channel: ['channels', 'salechannel', 'salechanne', 'salechannelinfo', '销售渠道', '取码方', '渠道'],
  merchant: ['merchants', 'mer', 'brand', 'merchantinfo', '商户', '品牌'],
  shop: ['shops', 'store', 'stores', 'storeinfo', 'shopinfo', '门店'],
  supplier: ['suppliers', 'sendchannel', 'sendchanne', 'sendchannelinfo', '制码渠道', '制码方'],
  acceptor: ['acceptors', 'inst', 'institution', 'acquirer', '收单机构'],
}

const kindOf = new Map(attachmentKinds.flatMap((kind) => [kind, ...aliases[kind]].map((name) => [name, kind] as const)))

/** The kind that a table's name means: `t_sale_channel`, `SaleChannel` and `channel` are one. */
function readAttachmentKind(written: string): AttachmentKind | undefined {
  const name = written
    .toLowerCase()
    .replace(/^(?:t|tb|tbl)[_-]/, '')
    .replace(/[\s_-]/g, '')
  return kindOf.get(name)
}

/** What the wire and its ERPs call the two scenes, without separators and in small letters. */
const sceneNames: Record<string, readonly string[]> = {
  make: ['make', 'makecode', '制码', '发券', '发放'],
  verify: ['verify', 'verifycode', 'codeverify', '核销', '核券'],
}
const sceneOf = new Map(Object.entries(sceneNames).flatMap(([scene, names]) => names.map((name) => [name, scene])))

function withScene(raw: unknown, words: Readonly<Record<string, string>>): { raw: unknown } | { refusal: Refusal } {
  const written = withKnownNames(raw, correctSpellings)
  const word = isRecord(written) ? written['ruleScene'] : undefined
  // What is no text is refused with the other fields.
  if (typeof word !== 'string' || word === '') return { raw: written }
  const scene = words[word] ?? sceneOf.get(word.toLowerCase().replace(/[\s_-]/g, ''))
  if (scene !== undefined) return { raw: { ...(written as object), ruleScene: scene } }
  const known = [...sceneOf.keys(), ...Object.keys(words)].join(', ')
  return refused('ruleScene', `${word} is no scene in which anything is asked: it is one of ${known}`)
}

const readWritten = (raw: unknown): unknown => withKnownNames(dropAbsent(raw), correctSpellings)

function readHead(raw: unknown): { head: RuleHead } | { refusal: Refusal } {
  const written = readWritten(raw)
  const read = ruleHeadSchema.safeParse(written)
  if (!read.success) return { refusal: refusalOf(read.error, written) }
  const { ruleKey, ruleScenceKey, ruleSceneItemKey: itemId = '*', ...given } = read.data
  const type = findRuleType(ruleKey)
  if (type === undefined) return refused('ruleKey', `${ruleKey} is no type of rule`)
  const kind = readAttachmentKind(ruleScenceKey)
  if (kind === undefined) return refused('ruleScenceKey', `${ruleScenceKey} is nothing that a rule can hang on`)
  const head: RuleHead = {
    name: given.ruleName,
    type,
    value: readRuleValue(given.ruleValue),
    attachment: { kind, itemId: itemId === '*' ? null : itemId },
    scene: given.ruleScene,
    startsAt: given.startTime,
    endsAt: given.endTime,
    message: given.messageTpl,
    isActive: given.isActive !== false,
    isContinue: given.isContinue === true,
    order: given.ruleOrder ?? 0,
  }
  return { head }
}

const refused = (field: string, message: string): { refusal: Refusal } => ({ refusal: { field, message } })

const fieldNames = { type: 'ruleKey', value: 'ruleValue', attachment: 'ruleScenceKey', itemId: 'ruleSceneItemKey' }

/** What is kept are the fields that rules have, as they were written, and the table's id or `*`. */
function keepRule(raw: unknown, { itemId, value }: { itemId: string | null; value: unknown }): Record<string, unknown> {
  const written = readWritten(raw) as Record<string, unknown>
  const names = Object.keys(ruleHeadSchema.shape).filter((name) => written[name] !== undefined)
  const kept = Object.fromEntries(names.map((name) => [name, written[name]]))
  return { ...kept, ruleValue: value, ruleSceneItemKey: itemId ?? '*' }
}

/** How rules are written: by the document's names, its typos among them. */
export const whaleRuleSpelling: RuleSpelling = { readHead, withScene, keepRule, fieldNames }
