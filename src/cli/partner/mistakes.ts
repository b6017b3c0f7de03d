/** The classic mistakes in a string to sign, in words that say what to do. */
export const mistakes = {
  // Lakala's five lines.
  noLastLineFeed: 'The last line feed is missing: every one of the five lines ends with one, the body too.',
  extraLineFeed: 'There is more than one line feed behind the body: the string ends with exactly one.',
  windowsLineEnds: 'Lines end with \\r\\n: they must end with \\n alone.',
  writtenLineFeeds: 'The string has the two characters \\ and n where line feeds (one character) must be.',
  byteOrderMark: 'The string begins with a byte order mark: write it as UTF-8 without one.',
  callbackString:
    'This is the string of a callback (three lines). A request signs five: appid, serial_no, timestamp, nonce_str, body.',
  swappedLines: 'Two lines have changed places: the order is appid, serial_no, timestamp, nonce_str, body.',
  noBody: 'The body is not in the string: line 5 is the body exactly as it is sent.',
  bodyHash: 'Line 5 is a digest of the body: it must be the body itself.',
  milliseconds: 'The time stamp is in milliseconds: it must be in seconds since 1970 (10 digits).',
  localTime: 'The time stamp is a date: it must be in seconds since 1970 (10 digits).',
  otherTime: 'The string has another time stamp than the header: take the time once, and use it for both.',
  otherNonce: 'The string has another nonce than the header: make it once, and use it for both.',
  // Bodies.
  reserialised:
    'The body was written anew, with other spaces, after it was signed (or before): sign the bytes that are sent.',
  sortedKeys: 'The keys of the body are sorted in the string: sign the body as it is sent, in its own order.',
  otherKeyOrder: 'The keys of the body stand in another order in the string: sign the bytes that are sent.',
  escaped:
    'The body has other escapes (\\/ or \\uXXXX) in the string than as it is sent: sign the bytes that are sent.',
  onlyReqData: 'Only req_data is in the string: the whole body is signed, with its envelope.',
  fieldsLeftOut: 'Fields that are null or empty are missing from the body in the string: sign the bytes that are sent.',
  otherCharset: 'The string is not in UTF-8 (GBK, perhaps): encode string and body as UTF-8.',
  // The signature.
  hexadecimal: 'The signature is hexadecimal: it must be Base64.',
  urlBase64: 'The signature is Base64 for URLs (- and _): it must be standard Base64 (+ and /, with = at its end).',
  sha1: 'It is signed by SHA1withRSA: it must be SHA256withRSA.',
  pss: 'It is signed by RSA-PSS: it must be SHA256withRSA with PKCS#1 v1.5 padding.',
  digestSigned: 'A digest of the string is signed: sign the string itself, SHA256withRSA makes the digest.',
  // Shoubei's parts.
  unsorted: 'The fields are not sorted: sort them by name, by ASCII code.',
  sortedIgnoringCase:
    'The fields are sorted without regard to upper and lower case: sort by ASCII code, upper case first.',
  emptyLeftOut: 'A field with an empty value is left out: empty strings are kept (name=), only null is left out.',
  nullKept: 'A field that is null is in the string: null is left out altogether.',
  signIncluded: 'The field sign is in the string: every field is signed but sign itself.',
  noKey: 'The key is missing: the string ends with &key= and the key.',
  keyJoinedDirectly: 'The key follows without &key=: the string ends with &key= and the key.',
  otherKey: 'The key at the end is another one than in the file given by --as.',
  percentEncoded: 'Values are percent-encoded: the string has them raw.',
  lineFeedAtEnd: 'The string ends with a line feed: it must end with the key.',
  upperCase: 'The MD5 is in upper case: it must be in lower case.',
  base64Digest: 'The MD5 is in Base64: it must be 32 hexadecimal digits in lower case.',
  halfDigest: 'The MD5 has 16 digits: all 32 are needed.',
  sha256: 'The digest is SHA-256: it must be MD5.',
  hmac: 'The digest is an HMAC: it must be the plain MD5 of the string, which ends with the key.',
} as const

/** Where two strings part, what stands there, and what usually makes it so. */
export type Difference = { where: string; expected: string; given: string; causes: string[] }
