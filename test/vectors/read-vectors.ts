import { readFileSync } from 'node:fs'

export type SignatureVector = {
  readonly id: string
  readonly origin: string
  readonly stringToSign: string
  readonly body?: string
  readonly header?: string
  readonly params?: Readonly<Record<string, string | number>>
  readonly key?: string
  readonly sign?: string
  readonly signature?: string
}

export function readVectorFile(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
}

/** The case of that id in signatures.json. */
export function readVector(id: string): SignatureVector {
  const vectors = JSON.parse(readVectorFile('signatures.json')) as SignatureVector[]
  const vector = vectors.find((candidate) => candidate.id === id)
  if (vector === undefined) throw new Error(`signatures.json has no case ${id}`)
  return vector
}
