/** Lines of those who wait for a slot: one for each key, so that a busy address keeps only its own line waiting. */
export type Lines<T> = {
  isEmpty: (key: string) => boolean
  join: (key: string, one: T) => void
  /** Takes one out, wherever it stands; false where it is in no line any more. */
  leave: (one: T) => boolean
  /** Moves every line as far as it goes: `serve` says whether the one at its head was served, and is then out. */
  advance: (serve: (one: T) => boolean) => void
  /** Takes out all. */
  empty: () => T[]
  length: () => number
}

export function createLines<T>(): Lines<T> {
  const lines = new Map<string, T[]>()
  // Who has left in the middle of a line is taken out when the line has moved on to them.
  const standing = new Set<T>()

  function advanceLine(key: string, line: T[], serve: (one: T) => boolean): void {
    let served = 0
    for (const one of line) {
      if (standing.has(one) && !serve(one)) break
      standing.delete(one)
      served += 1
    }
    line.splice(0, served)
    if (line.length === 0) lines.delete(key)
  }

  return {
    isEmpty: (key) => !lines.has(key),
    join: (key, one) => {
      const line = lines.get(key)
      if (line === undefined) lines.set(key, [one])
      else line.push(one)
      standing.add(one)
    },
    leave: (one) => standing.delete(one),
    advance: (serve) => lines.forEach((line, key) => advanceLine(key, line, serve)),
    empty: () => {
      const all = [...standing]
      lines.clear()
      standing.clear()
      return all
    },
    length: () => standing.size,
  }
}
