import { createHash, randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { numbersKey } from '../../src/core/codes/number-blocks.ts'
import { digits, createCodeSpace } from '../../src/core/codes/code-space.ts'
import { createCore, type Core } from '../../src/core/core.ts'
import { openKeyring } from '../../src/core/keys/data-keys.ts'
import type { IssueCommand } from '../../src/core/command/issue.ts'
import { laneAt, laneIndexOf, laneOf, makeNumber } from '../../src/core/numbers/numbers.ts'
import { requestScope } from '../../src/core/redeem/redeem.ts'
import type { RedeemCommand } from '../../src/core/command/redeem.ts'
import { readConfig, type Config } from '../../src/config.ts'
import type { Database, Tx } from '../../src/db/client/client.ts'
import { insertRows } from '../../src/db/client/rows.ts'
import { raiseSetupVersion } from '../../src/db/set-up.ts'
import { whaleRuleSpelling } from '../../src/faces/whale/written-rule.ts'
import { faceTerms, firstWaitSeconds } from '../../src/faces/index.ts'
import type { Hub } from '../../src/hub.ts'
import { parseMasterKey } from '../../src/keyring.ts'
import { suppliers } from '../../src/suppliers/index.ts'
import { testKeys } from './keys.ts'

/** The names of what `seedWorld` sets up. Keys as the partners hold them. */
export const world = {
  channelId: 'OWNER1',
  memberPrefix: '62',
  lakala: { appid: 'LKL001', serialNo: 'BANK01', platformSerialNo: 'HUB01' },
  shoubei: { instNo: '990581', key: '0123456789abcdef0123456789abcdef' },
  merchantNo: 'M001',
  shopNo: 'S001',
  activityId: 'ACT1',
  /** Normal: stock 1,000,000, valid 30 days. Short: 20 s. Scarce: a stock of 10. All 30.00 yuan, once. */
  templates: { normal: 'T-NORMAL', short: 'T-SHORT', scarce: 'T-SCARCE' },
  firstTicketId: 9_000_000_001,
  sourceId: 1,
  codeLength: 16,
} as const

export type TestHub = { hub: Hub; core: Core }
export type TestHubOptions = { now?: () => Date; config?: Partial<Config>; suppliers?: Hub['suppliers'] }

const masterKey = parseMasterKey('11'.repeat(32))

/**
 * A hub with its verbs over a migrated database: seeds the world where the database has none, so that a second hub can
 * be opened on the same one. The clock is the machine's where absent; the log is silent.
 */
export async function openTestHub(database: Database, options: TestHubOptions = {}): Promise<TestHub> {
  const now = options.now ?? (() => new Date())
  const config = { ...readConfig({}, true), masterKey, ...options.config }
  const keyring = await openKeyring(database, masterKey, now())
  const kinds = options.suppliers ?? suppliers
  const hub: Hub = {
    config,
    database,
    keyring,
    suppliers: kinds,
    faceTerms,
    ruleSpelling: whaleRuleSpelling,
    log: pino({ level: 'silent' }),
    now,
  }
  await seedWorld(hub)
  const core = await createCore(hub, { firstWaitSeconds: (face) => firstWaitSeconds(face) / config.timeFactor })
  return { hub, core }
}

/** Inserts the set-up of `world`, unless it is there. Everything is enabled, and open from 2000 to 2100. */
export async function seedWorld(hub: Hub): Promise<void> {
  await hub.database.transaction(async (tx) => {
    const [found] = await tx<{ isThere: boolean }[]>`select exists (select from activities) as is_there`
    if (found!.isThere) return
    await raiseSetupVersion(tx)
    await insertPartners(tx, hub)
    await insertOffer(tx, hub)
  })
}

const since = new Date('2000-01-01T00:00:00Z')
const until = new Date('2100-01-01T00:00:00Z')
const named = { isEnabled: true, createdAt: since }

async function insertPartners(tx: Tx, { keyring }: Hub): Promise<void> {
  const { channelId, lakala, shoubei, merchantNo, shopNo } = world
  const acceptorId = shoubei.instNo
  const { bank, platform } = testKeys()
  const settings = { memberPrefix: world.memberPrefix, isReversalTold: true }
  await insertRows(tx, 'channels', [{ ...named, id: channelId, name: 'A bank', settings }])
  await insertRows(tx, 'acceptors', [{ ...named, id: acceptorId, name: 'An acceptor', settings: {} }])
  await insertRows(tx, 'apps', [
    { ...named, face: 'lakala', id: lakala.appid, name: 'A bank', acceptorId: null, settings: {} },
    { ...named, face: 'shoubei', id: shoubei.instNo, name: 'Its tills', acceptorId, settings: {} },
  ])
  await insertRows(tx, 'app_channels', [{ face: 'lakala', appId: lakala.appid, channelId }])
  const key = { face: 'lakala', appId: lakala.appid, no: 1, validFrom: since, validUntil: null }
  const platformSecret = keyring.encrypt(platform.privateKeyPem)
  const shared = { ...key, face: 'shoubei', appId: shoubei.instNo, serialNo: null, publicKey: null }
  const sharedSecret = keyring.encrypt(shoubei.key)
  await insertRows(tx, 'app_keys', [
    { ...key, direction: 'inbound', serialNo: lakala.serialNo, publicKey: bank.publicKeyPem, secret: null },
    { ...key, direction: 'outbound', serialNo: lakala.platformSerialNo, publicKey: null, secret: platformSecret },
    { ...shared, direction: 'inbound', secret: sharedSecret },
    { ...shared, direction: 'outbound', secret: sharedSecret },
  ])
  await insertRows(tx, 'merchants', [{ ...named, acceptorId, no: merchantNo, name: 'A merchant', brand: null }])
  await insertRows(tx, 'shops', [{ ...named, acceptorId, no: shopNo, merchantNo, name: 'A shop', cityId: null }])
}

const unlimited = { maxPerMember: null, maxPerMemberDay: null, maxPerOpenid: null, maxPerOpenidDay: null }

async function insertOffer(tx: Tx, { keyring }: Hub): Promise<void> {
  const { activityId, sourceId, codeLength: length, templates } = world
  const alphabet = digits.characters
  await insertRows(tx, 'code_sources', [{ ...named, id: sourceId, kind: 'space', name: 'digits-16', alphabet, length }])
  const space = createCodeSpace({ id: sourceId, alphabet: digits, length, key: keyring.codesKey(sourceId) })
  await insertRows(tx, 'activities', [
    { ...named, ...unlimited, id: activityId, name: 'An activity', startsAt: since, endsAt: until },
  ])
  const month = 30 * 24 * 3600
  await insertRows(tx, 'templates', [
    template(templates.normal, month),
    template(templates.short, 20),
    template(templates.scarce, month),
  ])
  await insertRows(
    tx,
    'activity_templates',
    Object.values(templates).map((templateId, i) => ({ activityId, templateId, ticketId: world.firstTicketId + i })),
  )
  await insertRows(tx, 'counters', [
    { key: numbersKey(sourceId), used: 0, max: space.fillLimit },
    { key: `stock:template:${templates.normal}`, used: 0, max: 1_000_000 },
    { key: `stock:template:${templates.short}`, used: 0, max: 1_000_000 },
    { key: `stock:template:${templates.scarce}`, used: 0, max: 10 },
  ])
}

const template = (id: string, validForSeconds: number) => ({
  ...named,
  ...unlimited,
  id,
  name: `Thirty yuan off (${id})`,
  sourceId: world.sourceId,
  faceValueFen: 3_000,
  minOrderFen: 0,
  merchantBenefitFen: 0,
  useTimes: 1,
  validFrom: null,
  validUntil: null,
  validForSeconds,
  redeemableAt: { kind: 'acceptors', acceptors: [world.shoubei.instNo] },
  isStockReturned: true,
  batchNo: 'B1',
})

const inAMinute = (now: Date): Date => new Date(now.getTime() + 60_000)

/** A command to issue one coupon of the normal template to the bank; what is given replaces what is made up. */
export function issueCommand(now: Date, given: Partial<IssueCommand> = {}): IssueCommand {
  const externalNo = given.externalNo ?? `E${randomUUID()}`
  const lane = laneOf(externalNo)
  return {
    no: makeNumber(laneIndexOf(lane), now),
    deadline: inAMinute(now),
    lane,
    face: 'lakala',
    appId: world.lakala.appid,
    channelId: world.channelId,
    externalNo,
    activityId: world.activityId,
    templateId: world.templates.normal,
    quantity: 1,
    memberId: `${world.memberPrefix}00000001`,
    openid: 'o-abcdefghijklmnop',
    fingerprint: createHash('sha256').update(externalNo).digest(),
    useTimesMax: 1,
    expireUrl: given.redeemUrl,
    ...given,
  }
}

/** A redemption by no route: of a coupon of ours. */
export type OwnRedeemCommand = Omit<RedeemCommand, 'routing'>

/** A command to redeem a code at the shop, with a trace number of its own; what is given replaces what is made up. */
export function redeemCommand(code: string, now: Date, given: Partial<RedeemCommand> = {}): OwnRedeemCommand {
  const traceNo = given.traceNo ?? randomUUID()
  return {
    // Which lane it is shows when the code is found; the number gets it then.
    no: makeNumber(laneIndexOf(laneAt(0)), now),
    deadline: inAMinute(now),
    face: 'shoubei',
    appId: world.shoubei.instNo,
    acceptorId: world.shoubei.instNo,
    merchantNo: world.merchantNo,
    shopNo: world.shopNo,
    code,
    traceNo,
    scopeHash: requestScope(world.shoubei.instNo, 'number', traceNo),
    isRepeatable: true,
    amountFen: 10_000,
    realAmountFen: 7_000,
    fingerprint: createHash('sha256').update(`${traceNo} ${code}`).digest(),
    ...given,
  }
}
