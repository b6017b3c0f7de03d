/** A number with its noun: `1 attempt`, `2 attempts`. For nouns that take an s. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
