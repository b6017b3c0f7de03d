import { generateKeyPairSync } from 'node:crypto'

export type KeyPairPem = { privateKeyPem: string; publicKeyPem: string }

function makeKeyPair(): KeyPairPem {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return { privateKeyPem: privateKey, publicKeyPem: publicKey }
}

// Making a pair takes longer than most tests: one of each for the whole process.
let pairs: { bank: KeyPairPem; platform: KeyPairPem } | undefined

/** What the bank signs with, and what the hub signs with. The same in all tests of a process. */
export const testKeys = (): { bank: KeyPairPem; platform: KeyPairPem } =>
  (pairs ??= { bank: makeKeyPair(), platform: makeKeyPair() })
