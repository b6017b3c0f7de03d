import { createHash } from 'node:crypto'

/** Meituan: the lower case hexadecimal SHA1 of the key and `k1v1k2v2…`, sorted by name, without `sign` and empty values. */
export function meituanSign(fields: Record<string, string>, signKey: string): string {
  const names = Object.keys(fields).filter((name) => name !== 'sign' && fields[name] !== '')
  const text = names.toSorted((a, b) => (a < b ? -1 : 1)).map((name) => name + fields[name]!)
  return createHash('sha1')
    .update(signKey + text.join(''))
    .digest('hex')
}
