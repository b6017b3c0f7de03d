import type { Hub } from '../../hub.ts'
import { shanghaiOffsetMilliseconds } from '../../time/days.ts'
import { refuse } from '../command/errors.ts'
import type { Activity, Setup, Template } from '../set-up/snapshot.ts'

// What the faces of a channel's apps ask of the offers that are ordered over them.

type Terms = Pick<Hub, 'faceTerms'>
type Span = Pick<Activity, 'id' | 'startsAt' | 'endsAt'>

/** Why an activity cannot be ordered from over a face; undefined where it can. */
export function activityProblem({ faceTerms }: Terms, face: string, { id, startsAt, endsAt }: Span) {
  const terms = faceTerms.get(face)
  if (terms === undefined || endsAt <= monthsAfter(startsAt, terms.activityMonthsMax)) return undefined
  return `activity ${id} lasts longer than ${terms.activityMonthsMax} months, which is the most for ${face}`
}

/** Why a template's coupons cannot be ordered over a face; undefined where they can. */
export function templateProblem(
  { faceTerms }: Terms,
  face: string,
  { id, faceValueFen }: Pick<Template, 'id' | 'faceValueFen'>,
) {
  const terms = faceTerms.get(face)
  if (terms === undefined || faceValueFen >= terms.faceValueMinFen) return undefined
  return `template ${id} takes ${faceValueFen} fen off, and the least for ${face} is ${terms.faceValueMinFen}`
}

type Offered = { activity?: Span | undefined; templates: readonly Pick<Template, 'id' | 'faceValueFen'>[] }

/**
 * Refuses with `setup_conflict` what a channel could not order over the faces of its apps: an activity that is kept for it,
 * a template that it gets a price for or that is put into such an activity. What every channel may order is looked at when
 * it is ordered.
 */
export function requireFaceTerms(
  hub: Terms,
  setup: Setup,
  channelId: string | undefined,
  { activity, templates }: Offered,
): void {
  if (channelId === undefined) return
  const apps = [...setup.apps.values()].filter((app) => app.channelIds.has(channelId))
  const problems = [...new Set(apps.map(({ face }) => face))].flatMap((face) => [
    activity && activityProblem(hub, face, activity),
    ...templates.map((template) => templateProblem(hub, face, template)),
  ])
  const problem = problems.find((words) => words !== undefined)
  if (problem !== undefined) refuse('setup_conflict', problem)
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
