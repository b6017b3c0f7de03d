/** One step as it was played, and what a person wants to see of it. */
export type Step = { title: string; milliseconds: number; detail: string }

/** Plays a step, measures it and shows it. The work answers what was seen. */
export type Play = <T>(title: string, work: () => Promise<{ detail: string; result: T }>) => Promise<T>

/** Steps are kept in the order in which they were played. */
export function createPlay(show: (step: Step) => void): { play: Play; steps: Step[] } {
  const steps: Step[] = []
  const play: Play = async (title, work) => {
    const began = performance.now()
    const { detail, result } = await work()
    const step = { title, milliseconds: Math.round(performance.now() - began), detail }
    steps.push(step)
    show(step)
    return result
  }
  return { play, steps }
}

/** An Error where a partner hears anything but what its document promises. */
export function requireTrue(isTrue: boolean, seen: string): asserts isTrue {
  if (!isTrue) throw new Error(`this is not what the document promises: ${seen}`)
}
