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
