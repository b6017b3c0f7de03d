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
  // Exchange's headers and body.
  joinedBody: 'Something stands between the headers and the body: the body follows right behind the last value.',
  lineFeedBehindBody: 'The string ends with a line feed: it must end with the body as it is sent.',
  noBodyBehind: 'The body is not in the string: it follows right behind the headers, as it is sent.',
  onlyBody: 'The headers are not in the string: businessId, nonce, signType (where sent) and timestamp come first.',
  lowerNames: 'The names are in lower case: they are businessId, nonce, signType and timestamp.',
  valuesAlone: 'The names of the headers are missing: it is name=value of each.',
  signTypeLeftOut: 'signType is sent, but it is not in the string: it is signed where it is sent.',
  signTypeNotSent: 'signType is in the string, but it is not sent: send it, or leave it out of both.',
  emptySignType: 'An empty signType is in the string: what is empty is left out.',
  secondsNotMilliseconds: 'The time stamp is in seconds: it must be in milliseconds since 1970 (13 digits).',
  lowerCase: 'The MD5 is in lower case: it must be in upper case.',
  base64Upper: 'The MD5 is in Base64: it must be 32 hexadecimal digits in upper case.',
  noKeyBehind: 'The key is missing: it follows right behind the body.',
  keyJoined: 'The key does not follow right behind the body: nothing stands between them, and nothing behind it.',
  plainMd5: 'The digest is an HMAC or a SHA-256: it must be the plain MD5 of the string with the key behind it.',
  // Whale's envelope.
  otherNames: 'The names in the string are appId and bizContent: they are app_id and biz_content, as they are sent.',
  otherJoin: 'The fields are joined in another way: it is name=value of each, sorted, with & between them.',
  quoted: 'The values are in quotes: the string has them as they are, without quotes.',
  bodySigned: 'The JSON of the envelope is signed: the string is name=value of each field but sign, joined by &.',
  lineFeedBehindValue: 'The string ends with a line feed: it must end with the last value.',
  ampersandAtEnd: 'The string ends with &: it must end with the last value.',
  secondsSigned: 'The envelope has milliseconds and the string seconds: both must be seconds since 1970 (10 digits).',
  otherEnvelopeTime: 'The string has another timestamp than the envelope: take the time once, and use it for both.',
  jsonSigned: 'The business JSON itself is in the string: it has biz_content as it is sent, in Base64.',
  onlyBizSigned: 'Only biz_content is signed: the string has every field but sign.',
  bizIsJson: 'biz_content is the JSON itself: it must be the Base64 of its UTF-8.',
  bizForUrls: 'biz_content is Base64 for URLs (- and _): it must be standard Base64 (+ and /, with = at its end).',
  bizUnpadded: 'biz_content lacks = at its end: it must be standard Base64, whose length is a multiple of four.',
  bizInLines: 'biz_content has line ends (a MIME encoder puts them): it must be one line.',
  bizPercentEncoded: 'biz_content is percent-encoded: it must be plain Base64.',
  bizHexadecimal: 'biz_content is hexadecimal: it must be Base64.',
  bizTwice: 'biz_content is Base64 of Base64: encode the JSON once.',
  bizMadeTwice: 'biz_content in the string is not the one that is sent: make it once, and use it for both.',
  bizOtherCharset: 'The JSON in biz_content is not in UTF-8 (GBK, perhaps): take its bytes as UTF-8.',
  signatureInLines: 'The signature has line ends (a MIME encoder puts them): it must be one line.',
  plusLost: 'There are spaces where + must be: something has decoded the Base64 as if it were part of a URL.',
  noBase64: 'The signature is no standard Base64 with its padding.',
  otherPrivateKey: 'It is made with another private key than the one given here.',
  otherText: 'The key is the right one, but another text is signed: give that with --string FILE.',
  noDigestInfo: 'Something is encrypted with the private key instead of signed: use SHA256withRSA.',
} as const

/** A field that a client left out of its string. */
export const notSigned = (name: string): string =>
  `${name} is sent, but it is not in the string: every field but sign is signed.`

/** Where two strings part, what stands there, and what usually makes it so. */
export type Difference = { where: string; expected: string; given: string; causes: string[] }
