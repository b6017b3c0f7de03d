import { shanghaiOffsetMilliseconds } from '../../time/days.ts'
import type { Activity, Template } from '../set-up/snapshot.ts'

// What the document of a face asks of the offers that are ordered over it.

type FaceTerms = { monthsMax: number; faceValueMinFen: number }

const termsOf: ReadonlyMap<string, FaceTerms> = new Map([
  // Exchange, activityId: at most three months long, and at least one yuan off.
  ['exchange', { monthsMax: 3, faceValueMinFen: 100 }],
])

/** Whether an app of a face may sign by a key pair or by a shared secret, as it chooses for each request. */
export const mayHaveBothKeys = (face: string): boolean => face === 'exchange'

type Span = Pick<Activity, 'id' | 'startsAt' | 'endsAt'>

/** Why an activity cannot be ordered from over a face; undefined where it can. */
export function activityProblem(face: string, { id, startsAt, endsAt }: Span): string | undefined {
  const terms = termsOf.get(face)
  if (terms === undefined || endsAt <= monthsAfter(startsAt, terms.monthsMax)) return undefined
  return `activity ${id} lasts longer than ${terms.monthsMax} months, which is the most for ${face}`
}

/** Why a template's coupons cannot be ordered over a face; undefined where they can. */
export function templateProblem(face: string, { id, faceValueFen }: Pick<Template, 'id' | 'faceValueFen'>) {
  const terms = termsOf.get(face)
  if (terms === undefined || faceValueFen >= terms.faceValueMinFen) return undefined
  return `template ${id} takes ${faceValueFen} fen off, and the least for ${face} is ${terms.faceValueMinFen}`
}

// The same day some months later, or the last day of that month where it is shorter; by the clock of Shanghai, which has
// no summer time.
function monthsAfter(at: Date, months: number): Date {
  const local = new Date(at.getTime() + shanghaiOffsetMilliseconds)
  const end = new Date(local)
  end.setUTCMonth(local.getUTCMonth() + months)
  if (end.getUTCDate() !== local.getUTCDate()) end.setUTCDate(0)
  return new Date(end.getTime() - shanghaiOffsetMilliseconds)
}
