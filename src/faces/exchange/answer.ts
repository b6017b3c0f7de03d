import type { FastifyReply } from 'fastify'
import type { FaceTools } from '../face.ts'
import type { Asker } from './authenticate.ts'
import { signedHeaders } from './sign.ts'
import type { Words } from './words.ts'

/** `data` is null on refusal. */
export type Answer = { words: Words; data: object | null }

/** Sends an answer, signed by the type of the request where it is known whose it is. */
export async function send(
  { core }: FaceTools,
  reply: FastifyReply,
  { app, signType }: Pick<Asker, 'app' | 'signType'>,
  { words, data }: Answer,
): Promise<FastifyReply> {
  const body = JSON.stringify({ status: words.code, message: words.msg, data })
  void reply.header('content-type', 'application/json; charset=utf-8')
  if (app !== undefined) void reply.headers(await signedHeaders(core.hub, app, signType, body))
  return reply.send(body)
}

/** Fen as the wire writes money: yuan, a number with at most two decimals. */
export const yuanNumber = (fen: number): number => fen / 100
