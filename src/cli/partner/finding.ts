import { errorCodes, type ErrorCode } from '../../core/command/errors.ts'
import type { Difference } from './mistakes.ts'

/** One thing that was looked at: what was found, and whether it is as it must be. */
export type Finding = { isGood: boolean; words: string }

export const good = (words: string): Finding => ({ isGood: true, words })
export const bad = (words: string): Finding => ({ isGood: false, words })

/** A comparison as findings: where two strings part, both sides, and what makes it so. */
export function findingsOf(difference: Difference | undefined): Finding[] {
  if (difference === undefined) return [good('The string to sign is the one that is expected.')]
  const { where, expected, given, causes } = difference
  return [
    bad(`The string to sign differs first in ${where}.`),
    bad(`  expected  ${shown(expected)}`),
    bad(`  yours     ${shown(given)}`),
    ...causes.map(bad),
  ]
}

const longestShown = 500

/** With line feeds and the like made visible. */
function shown(text: string): string {
  const visible = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')
  return visible.length > longestShown ? `${visible.slice(0, longestShown)} …` : visible
}

/** What a partner's engineer should do about a refusal, besides reading the hub's own words. */
const advice: Partial<Record<ErrorCode, string>> = {
  bad_request: 'The hub could not read the request.',
  app_unknown:
    "The hub does not know who asks. Check the id in the file, and that this is the right hub; the hub's operator sees which there are with: quanhub app list",
  app_disabled: "The hub's operator has switched this app off. Ask for: quanhub app enable",
  address_not_allowed:
    "The hub does not take requests from this machine's address. Ask its operator to add it to the app's networks.",
  bad_signature:
    "The hub holds another key for this app than the file. Send the operator the public key (or ask for the secret) that is meant; it is changed with: quanhub app rotate-key. To find a mistake in your own client's string, give --request FILE.",
  too_many_requests: 'Too many requests were sent in a short time. Wait a minute, and check again.',
  request_stale:
    "The clocks are too far apart. Set this machine's clock (NTP), and take the time in seconds and for the right zone.",
  action_not_allowed:
    'An app of the back office (ERP) and an app of a channel may each ask for other things: take the app_id that the action is for.',
  request_replayed: 'The nonce was used before: make a new one for every request.',
  channel_unknown:
    'The app may not act for this owner_id. Check it, or ask the operator to add the channel to the app.',
  channel_disabled: "The hub's operator has switched this channel off.",
  merchant_unknown:
    'merchant_no and shop_no must be known to the hub and belong to inst_no: ask the operator to add them.',
  merchant_disabled: "The hub's operator has switched this merchant or shop off.",
  too_many_guesses: 'The shop sent too many unknown codes and is stopped for ten minutes.',
  busy: 'The hub is busy. Check again in a moment.',
  outcome_unknown: "The hub's database does not answer. Check again in a moment.",
}

export const adviceFor = (code: ErrorCode | undefined): string =>
  (code === undefined ? undefined : advice[code]) ??
  'Report it to the operator of the hub, with the words and the time: the log of the hub says more.'

/** Which of our refusals a partner's words stand for; the first in order of precedence. */
export const codeOf = (isMeant: (code: ErrorCode) => boolean): ErrorCode | undefined => errorCodes.find(isMeant)
