import type { Hub } from '../../hub.ts'
import { shanghaiOffsetMilliseconds } from '../../time/shanghai.ts'
import { refuse } from '../command/errors.ts'
import type { IssueCommand, SealedIssueCommand } from '../command/issue.ts'
import { pairKey, type Setup, type Template, type Activity } from '../set-up/snapshot.ts'

type Offer = Pick<IssueCommand, 'face' | 'channelId' | 'activityId' | 'templateId' | 'useTimesMax'>

type OfferWorld = Pick<Hub, 'faceTerms'> & { setup: Setup }

/** Refuses what a channel may not order now: its activity or template is not there, not open, or not for it. */
export function checkOffer({ setup, faceTerms }: OfferWorld, command: Offer, now: Date): Template {
  const activity = setup.activities.get(command.activityId)
  if (activity === undefined) return refuse('activity_not_found', `there is no activity ${command.activityId}`)
  if ((activity.settings.channelId ?? command.channelId) !== command.channelId) {
    refuse('activity_not_found', `activity ${activity.id} is of another channel`)
  }
  if (!activity.isEnabled) refuse('activity_closed', `activity ${activity.id} is switched off`)
  if (now < activity.startsAt || now >= activity.endsAt)
    refuse('activity_closed', `activity ${activity.id} is not on now`)
  const template = setup.templates.get(command.templateId)
  if (template === undefined || !setup.activityTemplates.has(pairKey(activity.id, template.id))) {
    return refuse('template_not_found', `activity ${activity.id} has no template ${command.templateId}`)
  }
  if (!template.isEnabled || !setup.codeSources.get(template.sourceId)?.isEnabled) {
    refuse('template_disabled', `template ${template.id} or the source of its codes is switched off`)
  }
  if (template.supplierId !== null && setup.suppliers.get(template.supplierId)?.isEnabled !== true) {
    refuse('template_disabled', `supplier ${template.supplierId} of template ${template.id} is switched off`)
  }
  if (template.validUntil !== null && template.validUntil <= now) {
    refuse('template_disabled', `the validity of template ${template.id} is over`)
  }
  if (template.useTimes > command.useTimesMax) {
    refuse('template_unsuitable', `template ${template.id} may be used ${template.useTimes} times`)
  }
  const unsuitable =
    activityProblem({ faceTerms }, command.face, activity) ?? templateProblem({ faceTerms }, command.face, template)
  if (unsuitable !== undefined) refuse('template_unsuitable', unsuitable)
  return template
}

type World = { setup: Setup; isInWallet: (template: Template) => boolean }

/** Refuses an order whose holder the template's supplier could give nothing to. */
export function checkHolder(world: World, command: SealedIssueCommand, template: Template): void {
  if (world.isInWallet(template)) checkWallet(command, template)
  requireKnownApp(world.setup, template, command.terms?.wechatAppId)
}

// Into one holder's wallet, one at a time: each coupon has a number of ours there.
function checkWallet({ holder, quantity }: SealedIssueCommand, { id }: Template): void {
  if (holder.openid === null) {
    refuse('bad_request', `openid: coupons of template ${id} go into the holder's wallet`, { field: 'openid' })
  }
  if (quantity > 1) refuse('template_unsuitable', `template ${id} is ordered one coupon at a time`)
}

// Where a template's supplier has a list of WeChat apps, the one that an order names is on it.
function requireKnownApp({ suppliers }: Setup, { id, supplierId }: Template, wechatAppId: string | undefined): void {
  const settings = supplierId === null ? undefined : suppliers.get(supplierId)?.settings
  if (wechatAppId === undefined || settings?.['appId'] === undefined) return
  if ([settings['appId'], settings['appIds']].flat().includes(wechatAppId)) return
  refuse('template_unsuitable', `the supplier of template ${id} does not know the app ${wechatAppId}`, {
    field: 'appId',
  })
}

// What the faces of a channel's apps ask of the offers that are ordered over them.

type Terms = Pick<Hub, 'faceTerms'>
type Span = Pick<Activity, 'id' | 'startsAt' | 'endsAt'>

/** Why an activity cannot be ordered from over a face; undefined where it can. */
function activityProblem({ faceTerms }: Terms, face: string, { id, startsAt, endsAt }: Span) {
  const terms = faceTerms.get(face)
  if (terms === undefined || endsAt <= monthsAfter(startsAt, terms.activityMonthsMax)) return undefined
  return `activity ${id} lasts longer than ${terms.activityMonthsMax} months, which is the most for ${face}`
}

/** Why a template's coupons cannot be ordered over a face; undefined where they can. */
function templateProblem(
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
