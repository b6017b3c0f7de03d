import type { Hub } from '../../hub.ts'
import { refuse } from '../command/errors.ts'
import { activityProblem, templateProblem } from './face-terms.ts'
import type { IssueCommand, SealedIssueCommand } from '../command/issue.ts'
import { pairKey, type Setup, type Template } from '../set-up/snapshot.ts'

export type Offer = Pick<IssueCommand, 'face' | 'channelId' | 'activityId' | 'templateId' | 'useTimesMax'>

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
