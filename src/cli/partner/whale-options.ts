import type { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { CommandError, exitCodes } from '../errors.ts'
import { readFile, readJsonFile } from '../files.ts'
import { readIdentity, type Identified, whaleSchema, type WhaleIdentity } from './identity.ts'
import type { WhaleQuestion } from './check-whale-hub.ts'

export type WhaleOptions = { action?: string; biz?: string; appId?: string; privateKey?: string; platformKey?: string }

type Files = Pick<CommandContext, 'resolvePath'>

export const addWhaleOptions = (command: Command): Command =>
  command
    .option('--action <name>', "whale: ask this of the hub, not a query of the command's own")
    .option('--biz <file>', 'whale: the business JSON of --action (default: {})')
    .option('--app-id <id>', 'whale: who to be, in place of --as; together with:')
    .option('--private-key <file>', 'whale: the private key of --app-id (PEM)')
    .option('--platform-key <file>', "whale: the hub's public key, with which answers are checked (PEM)")

/** Refuses options that belong to another wire. */
export function refuseWhaleOptions(wire: string, options: WhaleOptions): void {
  const { action, biz, appId, privateKey, platformKey } = options
  if ([action, biz, appId, privateKey, platformKey].every((option) => option === undefined)) return
  throw usage(`--action, --biz, --app-id and the keys' files are for whale; ${wire} goes by --as FILE.`)
}

/** What the partner wants to ask; undefined where the command is to ask by itself. */
export function ownQuestion({ resolvePath }: Files, { action, biz }: WhaleOptions): WhaleQuestion | undefined {
  if (action === undefined && biz === undefined) return undefined
  if (action === undefined) throw usage('Say what to do with the business JSON: --action NAME')
  if (biz === undefined) return { action, json: '{}' }
  const path = resolvePath(biz)
  const parsed = readJsonFile(path)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new CommandError('file_unreadable', `The file ${path} is no JSON object.`)
  return { action, json: readFile(path).toString('utf8') }
}

/** Who to be, by an app id and files of keys; undefined where these options are not given. */
export function keysIdentity({ resolvePath }: Files, options: WhaleOptions): Identified<WhaleIdentity> | undefined {
  const { appId, privateKey, platformKey } = options
  if (appId === undefined && privateKey === undefined && platformKey === undefined) return undefined
  if (appId === undefined || privateKey === undefined) throw usage('Give both: --app-id ID and --private-key FILE')
  const pemOf = (file: string): string => readFile(resolvePath(file)).toString('utf8')
  const platform = platformKey === undefined ? {} : { platformPublicKeyPem: pemOf(platformKey) }
  const block = { appId, privateKeyPem: pemOf(privateKey), ...platform }
  return readIdentity(JSON.stringify(block), 'whale', whaleSchema('channel'), 'What the options name')
}

const usage = (words: string): CommandError => new CommandError('usage', words, exitCodes.usage)
