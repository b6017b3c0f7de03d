import { setImmediate } from 'node:timers/promises'
import { formatShanghaiCompact } from '../../time/shanghai.ts'
import { decryptTripleDes, parseTripleDesKey } from '../../wire/ciphers.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../wire/json.ts'
import { decryptRsa, publicKeyText, parsePrivateKey } from '../../wire/rsa.ts'
import { acceptCodes, askInJson, objectsIn, unknown, refused } from '../answers.ts'
import type { MakeAnswer, MakeAsk, SupplierSend, Refused, Unknown, ConfirmAnswer, ConfirmAsk } from '../supplier.ts'
import { ourNumbers, type EsbSettings } from './settings.ts'

/** Reads a `returnCode` or an `itemResultCode`: `00` is yes, `32` is "I do not know", every other one is no. */
function readVerdict(
  code: JsonValue | undefined,
  message: JsonValue | undefined,
  hidden?: string,
): { kind: 'yes' } | Refused | Unknown {
  if (code === undefined) return unknown('The answer said neither yes nor no.')
  if (typeof code !== 'string' || !/^[\x21-\x7e]{1,32}$/.test(code)) {
    return unknown('The answer had a code of result that is none.')
  }
  if (code === '00') return { kind: 'yes' }
  return code === '32' ? unknown('The answer was 32: it does not know itself.') : refused(code, message, hidden)
}

/** Whale, ESB制码订单: Whale同步调用ESB制码接口. */
export async function make(settings: EsbSettings, ask: MakeAsk, send: SupplierSend): Promise<MakeAnswer> {
  const encryption = encryptionOf(settings)
  const answer = await askInJson(send, settings.makeCodeURL, {
    ...orderFields(ask),
    ...ourNumbers(settings),
    orderEncryptKey: encryption.sentKey,
    items: [{ ...itemFields(ask), itemEncryptKey: encryption.sentKey }],
  })
  if (answer.kind === 'unknown') return answer
  const read = readAnswer(answer.object, ask)
  if (read.kind !== 'given') return read
  const codes = await decryptAll(read.texts, encryption)
  if (codes === undefined) {
    return unknown('A code could not be decrypted: encryptType and orderEncryptKey are to be checked.')
  }
  return acceptCodes(codes, ask.quantity)
}

function orderFields(ask: MakeAsk) {
  const createTime = formatShanghaiCompact(ask.createdAt)
  return {
    saleChannelId: ask.channelId,
    sendChannelId: ask.supplierId,
    sendChannelOrderId: ask.no,
    whaleTradeNo: ask.orderNo,
    createDate: createTime.slice(0, 8),
    createTime,
  }
}

// The document names the type of the list and leaves out its fields.
function itemFields(ask: MakeAsk) {
  return {
    saleChannelItemId: ask.itemNo,
    // An order has one item here, so its number is the item's as well.
    tradeItemNo: ask.orderNo,
    ticketId: ask.ticketId,
    thirdProductId: ask.thirdProductId,
    codeNum: ask.quantity,
    useTimes: ask.useTimes,
    validStart: formatShanghaiCompact(ask.validFrom),
    validEnd: formatShanghaiCompact(ask.validUntil),
    faceValue: twelveDigits(ask.faceValueFen),
    netValue: twelveDigits(ask.netValueFen),
    needThirdQrcode: '0',
    needThirdNotify: '0',
    notifyType: ask.mobile === undefined ? {} : { mobilePhone: ask.mobile },
  }
}

/** An amount in fen as Whale writes it. */
const twelveDigits = (fen: number): string => String(fen).padStart(12, '0')

type Given = { kind: 'given'; texts: string[] }

function readAnswer(answer: JsonObject, ask: MakeAsk): Given | Exclude<MakeAnswer, { kind: 'accepted' }> {
  const items = itemsOf(answer.data)
  const verdict = readVerdict(answer.returnCode, answer.returnMsg)
  if (verdict.kind === 'unknown') return verdict
  // A no that brings codes is no clear one: somebody may be holding them.
  if (verdict.kind === 'refused') return items.some(hasDetail) ? unknown(contradiction) : verdict
  const [item] = items
  if (item === undefined || items.length > 1) return unknown(`The answer had ${items.length} items instead of one.`)
  return readItem(item, ask)
}

function itemsOf(data: JsonValue | undefined): JsonObject[] {
  if (!isJsonObject(data)) return []
  const { items }: JsonObject = data
  return objectsIn(items)
}

const contradiction = 'The answer was no, and had codes all the same.'

const hasDetail = (item: JsonObject): boolean => Array.isArray(item.codeDetail) && item.codeDetail.length > 0

function readItem(item: JsonObject, ask: MakeAsk): Given | Exclude<MakeAnswer, { kind: 'accepted' }> {
  const verdict = readVerdict(item.itemResultCode, item.itemResultMsg)
  if (verdict.kind === 'unknown') return verdict
  if (verdict.kind === 'refused') return hasDetail(item) ? unknown(contradiction) : verdict
  if (typeof item.saleChannelItemId === 'string' && item.saleChannelItemId !== ask.itemNo) {
    return unknown('The answer was about another saleChannelItemId.')
  }
  const texts = objectsIn(item.codeDetail).map(({ code }) => (typeof code === 'string' ? code : ''))
  // Counted before anything is decrypted, which for codes without end would take without end.
  if (texts.length !== ask.quantity) {
    return unknown(`The answer had ${texts.length} codes; ${ask.quantity} were asked for.`)
  }
  return { kind: 'given', texts }
}

/** The document names `verifyURL` and says no more: the message is ours, in the words that Whale has for a redemption. */
export async function confirm(settings: EsbSettings, ask: ConfirmAsk, send: SupplierSend): Promise<ConfirmAnswer> {
  if (settings.verifyURL === undefined) return { kind: 'accepted' }
  const answer = await askInJson(send, settings.verifyURL, {
    sendChannelId: ask.supplierId,
    ...ourNumbers(settings),
    requestId: ask.no,
    code: ask.code,
    storeInfo: { mid: ask.merchantNo, shopNo: ask.shopNo, tid: ask.tid },
    faceValue: twelveDigits(ask.faceValueFen),
    transDate: formatShanghaiCompact(ask.at),
  })
  if (answer.kind === 'unknown') return answer
  const verdict = readVerdict(answer.object.returnCode, answer.object.returnMsg, ask.code)
  return verdict.kind === 'yes' ? { kind: 'accepted' } : verdict
}

type Encryption = {
  /** What the request says codes are to be encrypted with; empty where they come as they are. */
  sentKey: string
  decrypt: (text: string) => string
}

/** Whale, ESB制码订单, `orderEncryptKey`: the key itself for 3DES, the public key for a key pair. */
export function encryptionOf({ encryptType, orderEncryptKey = '' }: EsbSettings): Encryption {
  switch (encryptType) {
    case 'none':
      return { sentKey: '', decrypt: (text) => text }
    case '3DES': {
      const key = parseTripleDesKey(orderEncryptKey)
      return { sentKey: orderEncryptKey, decrypt: (text) => decryptTripleDes(text, key) }
    }
    case 'RSA': {
      const key = parsePrivateKey(orderEncryptKey)
      return { sentKey: publicKeyText(key), decrypt: (text) => decryptRsa(text, key) }
    }
  }
}

/** Decrypts one code after another; undefined where one cannot be. */
export async function decryptAll(texts: readonly string[], { decrypt }: Encryption): Promise<string[] | undefined> {
  const codes: string[] = []
  for (const text of texts) {
    // A hundred codes under a key of 4096 bits take half a second: everything else gets its turn in between.
    await setImmediate()
    try {
      codes.push(decrypt(text))
    } catch {
      return undefined
    }
  }
  return codes
}
