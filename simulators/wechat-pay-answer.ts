import type { Answer } from './receiving-server.ts'

export const yes = (body: unknown): Answer => ({ status: 200, body })

const error =
  (status: number, code: string) =>
  (message: string): Answer => ({ status, body: { code, message } })

/** The errors of the document, each with its HTTP status. */
export const errors = {
  paramError: error(400, 'PARAM_ERROR'),
  invalidRequest: error(400, 'INVALID_REQUEST'),
  appMismatch: error(400, 'APPID_MCHID_NOT_MATCH'),
  alreadyExists: error(400, 'RESOURCE_ALREADY_EXISTS'),
  signError: error(401, 'SIGN_ERROR'),
  ruleLimit: error(403, 'RULE_LIMIT'),
  notEnough: error(403, 'NOT_ENOUGH'),
  blocked: error(403, 'REQUEST_BLOCKED'),
  notFound: error(404, 'RESOURCE_NOT_EXISTS'),
  frequencyLimited: error(429, 'FREQUENCY_LIMITED'),
  systemError: error(500, 'SYSTEM_ERROR'),
}
