import { setTimeout as sleep } from 'node:timers/promises'

/** Something that does not add up. `words` say it to a person, and where to look. */
export type Difference = { check: string; subject: string; expected: string; found: string; words: string }

const timesSeen = 3

/** Two differences of one name are one, whatever was expected and found. */
export const nameOf = ({ check, subject }: Difference): string => `${check} ${subject}`

/**
 * Reads again what differs, after a pause: only what is seen three times counts, because the hub lives on between the
 * statements that are compared.
 */
export async function confirm(
  read: () => Promise<Difference[]>,
  pauseMilliseconds: number,
  signal?: AbortSignal,
): Promise<Difference[]> {
  let seen = await read()
  for (let times = 1; times < timesSeen && seen.length > 0; times++) {
    await sleep(pauseMilliseconds, undefined, signal === undefined ? {} : { signal })
    const again = new Map((await read()).map((difference) => [nameOf(difference), difference]))
    seen = seen.flatMap((difference) => again.get(nameOf(difference)) ?? [])
  }
  return seen
}
