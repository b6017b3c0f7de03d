/**
 * The check value to put behind these values, each from 0 to radix − 1: Luhn's, generalised to any radix.
 *
 * It finds every single wrong character. Of two neighbours exchanged it finds all when the radix is odd, and all but
 * the pair of the first and the last character of the alphabet (09 and 90) when it is even. It keeps typing errors from
 * costing a look-up and from counting as guesses; it is no protection against guessing, for anyone can compute it.
 */
export function checkValueOf(values: readonly number[], radix: number): number {
  return (radix - weightedSum(values, radix, true)) % radix
}

/** Whether the last of the values is the check value of those before it. */
export function isCheckValueRight(values: readonly number[], radix: number): boolean {
  return weightedSum(values, radix, false) === 0
}

// Every second value counts doubled, beginning beside the check value.
function weightedSum(values: readonly number[], radix: number, isLastDoubled: boolean): number {
  let sum = 0
  let isDoubled = isLastDoubled
  for (let index = values.length - 1; index >= 0; index--) {
    sum += isDoubled ? doubled(values[index]!, radix) : values[index]!
    isDoubled = !isDoubled
  }
  return sum % radix
}

// Doubling must send different values to different ones, or an error between them goes unseen. Modulo an odd radix
// plain doubling does. Modulo an even one it does not (0 and 5 both give 0 of 10): there Luhn adds the two digits of the
// double, which is one more than its remainder. (With an odd radix Luhn's sum of digits would be the one that collides.)
function doubled(value: number, radix: number): number {
  const double = value * 2
  if (double < radix) return double
  return radix % 2 === 0 ? double - radix + 1 : double - radix
}
