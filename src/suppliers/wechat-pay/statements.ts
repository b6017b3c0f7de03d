import { createHash } from 'node:crypto'
import type { JsonObject } from '../../wire/json.ts'
import { refused, unknown } from '../answers.ts'
import type { StatementAnswer, StatementAsk, SupplierSend, Unknown } from '../supplier.ts'
import { askWechatPay, signRequest, type Told } from './ask.ts'
import { statementPath } from './paths.ts'
import type { WechatPaySettings } from './settings.ts'
import { readStatementFile } from './statement-file.ts'
import { readError } from './verdict.ts'

const mostCharacters = 32 * 1024 * 1024

/**
 * WeChat Pay, 下载批次核销明细 and 下载批次退款明细: an answer says where the file is and what its hash is, for thirty
 * seconds. The answer carries no signature: what is trusted is TLS, and the hash of the file. Of all time it is there once the stock has ended, from ten o'clock of the next day; of a day, from the next.
 */
export const statementOf =
  (kind: 'use' | 'refund') =>
  async (
    settings: WechatPaySettings,
    { thirdProductId, day }: StatementAsk,
    send: SupplierSend,
    now: Date,
  ): Promise<StatementAnswer> => {
    if (day !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(day)) return refused('bad_request', 'A day is yyyy-MM-dd.')
    const question = { path: statementPath(thirdProductId, kind, day), isUnsigned: true }
    const answer = await askWechatPay(settings, question, send, now)
    if (answer.kind === 'unknown') return answer
    if (day !== undefined && isWithoutFile(answer)) return { kind: 'told', rows: [] }
    if (answer.status !== 200) return readError(answer)
    const file = await download(settings, answer.object, send, now)
    if (file.kind === 'unknown') return file
    const rows = await readStatementFile(file.text)
    return typeof rows === 'string' ? unknown(rows) : { kind: 'told', rows }
  }

// 账单文件不存在: of a day on which nothing happened. An unknown batch has the same code and other words.
const isWithoutFile = ({ status, object: { code, message } }: Told): boolean =>
  status === 404 && code === 'RESOURCE_NOT_EXISTS' && typeof message === 'string' && message.includes('账单')

type File = { kind: 'file'; text: string }

async function download(
  settings: WechatPaySettings,
  { url, hash_type, hash_value }: JsonObject,
  send: SupplierSend,
  now: Date,
): Promise<File | Unknown> {
  if (typeof url !== 'string' || !URL.canParse(url)) return unknown('The answer had no url of a file.')
  if (hash_type !== 'SHA1' || typeof hash_value !== 'string') return unknown('The answer had no SHA1 of the file.')
  const answer = await send(await signRequest(settings, { url }, now))
  if (answer.kind === 'failed') return unknown(`The file did not come (${answer.reason}): ${answer.message}`)
  if (answer.status !== 200) return unknown(`The file was answered with HTTP ${answer.status}.`)
  if (answer.isCut || answer.body.length > mostCharacters) return unknown('The file is too long: ask for it by day.')
  return isIntact(answer.body, hash_value)
    ? { kind: 'file', text: answer.body }
    : unknown('The file is not the one that was announced: its SHA1 is another.')
}

// What is sent for us has lost its byte order mark, if it had one.
const isIntact = (text: string, hash: string): boolean =>
  [text, `\uFEFF${text}`].some((candidate) => createHash('sha1').update(candidate).digest('hex') === hash.toLowerCase())
