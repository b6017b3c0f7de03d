import { constants, createCipheriv, createPublicKey, publicEncrypt } from 'node:crypto'

/** How an ESB's codes are encrypted, with the key that comes in each request. */
export type EsbEncryptType = 'none' | '3DES' | 'RSA'

// Hexadecimal digits, Base64 or plain characters; what is 16 bytes long is K1 K2, and K1 again.
function readKey(text: string): Buffer {
  const isHex = /^(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{48})$/.test(text)
  const isBase64 = /^(?:[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{32})$/.test(text)
  const bytes = Buffer.from(text, isHex ? 'hex' : isBase64 ? 'base64' : 'utf8')
  return bytes.length === 16 ? Buffer.concat([bytes, bytes.subarray(0, 8)]) : bytes
}

// `DESede/ECB/PKCS5Padding` of Java.
function encryptTripleDes(text: string, keyText: string): string {
  const cipher = createCipheriv('des-ede3-ecb', readKey(keyText), null)
  return Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('base64')
}

// `Cipher.getInstance("RSA")` of Java, with a key read by X509EncodedKeySpec.
function encryptRsa(text: string, keyText: string): string {
  const key = createPublicKey({ key: Buffer.from(keyText, 'base64'), format: 'der', type: 'spki' })
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(text)).toString('base64')
}

/** Throws where the request's key cannot be used. */
export function encryptCode(code: string, encryptType: EsbEncryptType, orderEncryptKey: string): string {
  switch (encryptType) {
    case 'none':
      return code
    case '3DES':
      return encryptTripleDes(code, orderEncryptKey)
    case 'RSA':
      return encryptRsa(code, orderEncryptKey)
  }
}
