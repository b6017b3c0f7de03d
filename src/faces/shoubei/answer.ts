import type { FastifyReply } from 'fastify'
import type { HubError } from '../../core/command/errors.ts'
import { shoubeiSign } from '../../wire/shoubei-signature.ts'
import type { Asker } from './authenticate.ts'
import { successWords, systemErrorWords, transportCodes, wordsOf, type Words } from './words.ts'

/** What is answered: every value is a string or null, in the order of the document's table. */
export type Fields = Record<string, string | null>

/** The words of an answer, as the metrics count them, and its fields. */
export type Answer = { words: Words; data: Fields }

const longestMessage = 128

export const succeeded = (fields: Fields): Fields => ({
  return_code: 'SUCCESS',
  return_msg: successWords.msg,
  result_code: 'SUCCESS',
  ...fields,
})

/**
 * A refusal. Of the request as such: `return_code` FAIL and no `result_code`. Of the business: as the institution
 * wants it (docs/faces/shoubei.md).
 */
export function refused(refusal: HubError | undefined, { refusalStyle }: Asker, fields: Fields): Answer {
  const words = refusal === undefined ? systemErrorWords : wordsOf[refusal.code]
  const message = toldMessage(words, refusal)
  const told =
    refusal === undefined || transportCodes.has(refusal.code)
      ? { return_code: 'FAIL', return_msg: cut(message) }
      : refusalStyle === 'table'
        ? { return_code: 'SUCCESS', return_msg: cut(`${words.code} ${message}`), result_code: 'FAIL' }
        : { return_code: words.code, return_msg: cut(message), result_code: 'FAIL' }
  return { words, data: { ...told, ...fields } }
}

/** The words, with the field that they are about; a rule has words of its own. */
function toldMessage({ msg }: Words, refusal: HubError | undefined): string {
  if (refusal?.words !== undefined) return refusal.words
  if (refusal?.code === 'bad_request') return `${msg}: ${refusal.message}`
  return refusal?.field === undefined ? msg : `${msg}(${refusal.field})`
}

// The message may hold a name that the caller made up. Without the two characters that join a string to sign, an
// answer that is signed before its question was proven can never be the string of another request.
const cut = (message: string): string => Array.from(message.replaceAll(/[&=]/g, ' ')).slice(0, longestMessage).join('')

/** Sends an answer, signed with the key that the question was verified with; unsigned where the institution is unknown. */
export function send(reply: FastifyReply, { key, stringToSign }: Asker, fields: Fields): FastifyReply {
  const told = stringToSign === undefined ? fields : { ...fields, string_to_sign: stringToSign }
  const signed = key === undefined ? told : { ...told, sign: shoubeiSign(told, key) }
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(signed))
}
