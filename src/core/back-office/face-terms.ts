import { refuse } from '../command/errors.ts'
import { activityProblem, templateProblem } from '../issue/face-terms.ts'
import type { Activity, Setup, Template } from '../set-up/snapshot.ts'

type Span = Pick<Activity, 'id' | 'startsAt' | 'endsAt'>

/**
 * Refuses with `setup_conflict` what a channel could not order over the faces of its apps: an activity that is kept for it,
 * a template that it gets a price for or that is put into such an activity. What every channel may order is looked at when
 * it is ordered.
 */
export function requireFaceTerms(
  setup: Setup,
  channelId: string | undefined,
  activity: Span | undefined,
  templates: readonly Pick<Template, 'id' | 'faceValueFen'>[],
): void {
  if (channelId === undefined) return
  const apps = [...setup.apps.values()].filter((app) => app.channelIds.has(channelId))
  const problems = [...new Set(apps.map(({ face }) => face))].flatMap((face) => [
    activity && activityProblem(face, activity),
    ...templates.map((template) => templateProblem(face, template)),
  ])
  const problem = problems.find((words) => words !== undefined)
  if (problem !== undefined) refuse('setup_conflict', problem)
}
