/**
 * The string that most partners sign: `k=v` of every field, sorted by name, joined by `&`, values raw. `sign` itself is
 * the caller's to leave out. Fields with an empty value take part unless `isEmptyKept` is false.
 *
 * Names are compared by code unit, which is ASCII order for all that the partners' documents name, and never by locale.
 */
export function joinSorted(
  fields: Iterable<readonly [string, string]>,
  options: { readonly isEmptyKept?: boolean } = {},
): string {
  const { isEmptyKept = true } = options
  return Array.from(fields)
    .filter(([, value]) => isEmptyKept || value !== '')
    .toSorted(([left], [right]) => compareCodeUnits(left, right))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function compareCodeUnits(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
