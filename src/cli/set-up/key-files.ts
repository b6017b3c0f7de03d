import { readFile } from 'node:fs/promises'
import type { AppInput } from '../../core/back-office/apps.ts'
import { given } from '../../core/back-office/fields.ts'
import { parsePublicKey } from '../../wire/rsa.ts'
import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'

/** The keys of an app as options: names of files. */
export type KeyOptions = {
  publicKey?: string
  serialNo?: string
  secretFile?: string
  hubKey?: string
  hubSerialNo?: string
}

/** What the partner must be given. */
export function handOver({ publicKey, serialNo }: { publicKey: string | null; serialNo: string | null }): string[] {
  if (publicKey === null) return []
  return [`The partner checks what the hub signs with this key (serial number ${serialNo ?? '-'}):`, publicKey.trim()]
}

/** The partner's key from the files that were named. */
export async function readInbound(
  context: CommandContext,
  { publicKey, serialNo, secretFile }: KeyOptions,
): Promise<AppInput['inbound']> {
  const pem = publicKey && (await readText(context, publicKey))
  const secret = secretFile && (await readText(context, secretFile)).trim()
  return given({ publicKey: pem && checkedPublicKey(pem), serialNo, secret })
}

// Taken in every form that the faces read, kept in one.
function checkedPublicKey(pem: string): string {
  try {
    return parsePublicKey(pem).export({ type: 'spki', format: 'pem' }).toString()
  } catch (error) {
    throw new CommandError('bad_request', `--public-key: ${(error as Error).message}`)
  }
}

export async function readOutbound(
  context: CommandContext,
  { hubKey, hubSerialNo }: KeyOptions,
): Promise<AppInput['outbound']> {
  const privateKey = hubKey && (await readText(context, hubKey))
  const key = given({ privateKey, serialNo: hubSerialNo })
  return Object.keys(key).length === 0 ? undefined : key
}

/** The text of a file that an option names. */
export async function readText(context: CommandContext, path: string): Promise<string> {
  try {
    return await readFile(context.resolvePath(path), 'utf8')
  } catch (error) {
    throw new CommandError('file_unreadable', `The file ${path} cannot be read: ${(error as Error).message}`)
  }
}
