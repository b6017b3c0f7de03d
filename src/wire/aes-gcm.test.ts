import { createSecretKey } from 'node:crypto'
import { gcm } from '@noble/ciphers/aes.js'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openAesGcm } from './aes-gcm.ts'

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

// McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, test case 16.
const published = {
  key: hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'),
  text: hex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  ),
  associatedData: hex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
  nonce: hex('cafebabefacedbaddecaf888'),
  sealed: hex(
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b',
  ),
}
const key = createSecretKey(published.key)
const bytes = (length?: number) => fc.uint8Array(length === undefined ? {} : { minLength: length, maxLength: length })

describe('openAesGcm', () => {
  it('opens what the inventors of GCM published', () => {
    expect(openAesGcm(published, key)).toEqual(published.text)
  })

  it('opens what another implementation sealed, with associated data and without', () => {
    fc.assert(
      fc.property(bytes(32), bytes(12), bytes(), bytes(), (secret, nonce, associatedData, text) => {
        const sealed = gcm(secret, nonce, associatedData).encrypt(text)
        expect(openAesGcm({ sealed, nonce, associatedData }, createSecretKey(secret))).toEqual(Buffer.from(text))
      }),
    )
  })

  it('opens nothing of which one bit was changed, in the text, the tag, the nonce or the associated data', () => {
    const parts = fc.constantFrom('sealed' as const, 'nonce' as const, 'associatedData' as const)
    fc.assert(
      fc.property(parts, fc.nat(), (part, at) => {
        const changed = Buffer.from(published[part])
        const bit = at % (changed.length * 8)
        changed[bit >> 3]! ^= 1 << (bit & 7)
        expect(openAesGcm({ ...published, [part]: changed }, key)).toBeUndefined()
      }),
    )
  })

  it('opens nothing with another key, a shorter tag or a nonce of another length', () => {
    expect(openAesGcm(published, createSecretKey(Buffer.alloc(32)))).toBeUndefined()
    for (let length = 0; length < published.sealed.length; length += 1) {
      expect(openAesGcm({ ...published, sealed: published.sealed.subarray(0, length) }, key)).toBeUndefined()
    }
    for (const nonce of [Buffer.alloc(0), Buffer.alloc(11), Buffer.alloc(13), Buffer.alloc(16)]) {
      expect(openAesGcm({ ...published, nonce }, key)).toBeUndefined()
    }
  })
})
