import type { KeyObject } from 'node:crypto'
import { whaleText } from '../../wire/whale-signature.ts'
import { explainRsaSignature } from './explain-rsa.ts'
import type { WhaleFields } from './whale-fields.ts'
import { wrongWhaleTexts } from './wrong-whale.ts'

/** Everything that is wrong with an envelope's signature; nothing where it holds. */
export const explainWhaleSignature = (fields: WhaleFields, signature: string, publicKey: KeyObject): string[] =>
  explainRsaSignature(whaleText(fields), wrongWhaleTexts(fields), signature, publicKey)
