import { randomUUID } from 'node:crypto'
import type { HttpHeaders } from '../../../simulators/post-json.ts'
import type { ErrorCode } from '../../core/command/errors.ts'
import { adviceFor } from './advice.ts'
import { clockFinding } from './clock.ts'
import { bad, good, type Finding } from './finding.ts'
import { unreachable } from './unreachable.ts'

/** A number that no order has; letters and digits, as short as either wire wants it. */
export const makeUnknownNo = (): string => `check${randomUUID().replaceAll('-', '').slice(0, 20)}`

/** How a hub's refusal is told, where one refusal is the right answer to the question. */
export function outcome(code: ErrorCode | undefined, expected: ErrorCode, words: string): Finding[] {
  if (code === expected) return [good(`The hub took the signed request and answered as it must: ${words}`)]
  return [bad(`The hub refused the request: ${words.split('\n')[0]}`), bad(adviceFor(code))]
}

export const notAHub = ({ status, text }: { status: number; text: string }): Finding =>
  bad(`What answers there speaks in no words of this wire (HTTP ${status}: ${text.slice(0, 100)}). Check the address.`)

type Asked<Answer> = { answer: Answer; clock: Finding[] }

/** Asks, and looks at the clocks; a finding alone where nobody answers. */
export async function ask<Answer extends { headers: HttpHeaders }>(
  hubUrl: string,
  question: () => Promise<Answer>,
  now: () => Date,
): Promise<Asked<Answer> | Finding> {
  const asked = now().getTime()
  try {
    const answer = await question()
    const clock = clockFinding(answer.headers, asked, now().getTime())
    return { answer, clock: clock === undefined ? [] : [clock] }
  } catch (error) {
    return bad(unreachable(hubUrl, error))
  }
}
