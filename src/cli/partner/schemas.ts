import { z } from 'zod'
import { parsePrivateKey, parsePublicKey } from '../../wire/rsa.ts'

// What the blocks of all wires are made of.
export const text = z.string().min(1)
export const privateKey = text.superRefine(readable(parsePrivateKey))
export const publicKey = text.superRefine(readable(parsePublicKey))

function readable(read: (pem: string) => unknown) {
  return (pem: string, context: z.RefinementCtx): void => {
    try {
      read(pem)
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message })
    }
  }
}
