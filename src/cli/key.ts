import { existsSync } from 'node:fs'
import { open, readFile, rename } from 'node:fs/promises'
import type { Command } from 'commander'
import { masterKeyFile, newKeyFileOf } from '../master-key.ts'
import { rotateMasterKey } from '../core/keys/data-keys.ts'
import { makeNumber } from '../core/numbers/numbers.ts'
import { auditRow } from '../core/command/command.ts'
import { insertAudit } from '../db/audit.ts'
import { makeMasterKey, parseMasterKey, type MasterKey } from '../keyring.ts'
import type { CommandContext } from './context.ts'
import { CommandError, exitCodes } from './errors.ts'
import type { Report } from './output.ts'
import type { Run } from './run.ts'

export function registerKey(program: Command, run: Run): void {
  const group = program.command('key').description('the master key, which wraps all keys in the database')
  group
    .command('rotate')
    .description('wrap the keys in the database with a new master key')
    .option('--new-key-file <file>', 'the new master key, in a file (default: QUANHUB_NEW_MASTER_KEY)')
    .addHelpText(
      'after',
      [
        '',
        'What is encrypted stays readable, and codes stay as they are. Running hubs go on; at their next start they',
        'need the new key in QUANHUB_MASTER_KEY. Where the master key lies in the data folder (the sandbox), the file',
        'is replaced, and without a new key given one is made.',
      ].join('\n'),
    )
    .action(run.onHub((context, options: { newKeyFile?: string }) => rotate(context, options.newKeyFile)))
}

async function rotate(context: CommandContext, newKeyFile: string | undefined): Promise<Report> {
  const keyFile = context.config.masterKey === undefined ? masterKeyFile(context.config) : undefined
  const text = await newKeyText(context, newKeyFile, keyFile !== undefined)
  const next = readKey(text)
  const old = await currentKey(context, keyFile)
  if (old.equals(next)) throw new CommandError('bad_request', 'The new master key is the one in use: make another one.')
  const database = await context.database()
  const now = new Date()
  // Written before the database changes: whatever happens between, the key that opens it is in one of two files.
  if (keyFile !== undefined) await writeKey(newKeyFileOf(keyFile), text)
  const { keys } = await database.transaction(async (tx) => {
    const rotated = await rotateMasterKey(tx, old, next)
    const row = auditRow(
      { no: makeNumber(0, now) },
      context.operator,
      'key.rotate',
      'key',
      'master',
      null,
      rotated,
      now,
    )
    await insertAudit(tx, [row])
    return rotated
  })
  if (keyFile !== undefined) await rename(newKeyFileOf(keyFile), keyFile)
  const where =
    keyFile === undefined ? 'Set QUANHUB_MASTER_KEY to it before a hub starts next.' : `It lies in ${keyFile}.`
  return { value: { keys }, lines: [`${keys} keys are wrapped with the new master key. ${where}`, keepWords] }
}

const keepWords = 'Backups made before need the old key: keep it as long as you keep them.'

async function newKeyText(context: CommandContext, file: string | undefined, mayMake: boolean): Promise<string> {
  const given =
    file === undefined ? context.environment['QUANHUB_NEW_MASTER_KEY'] : await readText(context.resolvePath(file))
  if (given !== undefined && given !== '') return given.trim()
  if (mayMake) return makeMasterKey()
  throw new CommandError(
    'usage',
    'Give the new master key in QUANHUB_NEW_MASTER_KEY or --new-key-file. Make one with: openssl rand -base64 32',
    exitCodes.usage,
  )
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: Error) => {
    throw new CommandError('file_unreadable', `The file ${path} cannot be read: ${error.message}`)
  })
}

function readKey(text: string): MasterKey {
  try {
    return parseMasterKey(text)
  } catch {
    throw new CommandError(
      'bad_request',
      'The new master key must be 32 random bytes, as Base64 or as 64 hexadecimal digits: openssl rand -base64 32',
    )
  }
}

async function currentKey({ config }: CommandContext, keyFile: string | undefined): Promise<MasterKey> {
  if (config.masterKey !== undefined) return config.masterKey
  if (keyFile !== undefined && existsSync(keyFile)) return parseMasterKey(await readText(keyFile))
  throw new CommandError(
    'bad_configuration',
    'QUANHUB_MASTER_KEY is not set: it must be the key in use.',
    exitCodes.usage,
  )
}

async function writeKey(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.write(`${text}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}
