import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Core } from '../core/core.ts'
import { couponKey } from '../core/coupon/coupon.ts'
import type { Keyring } from '../keyring.ts'
import { openFaceScope } from './face.ts'

export type ImageFormat = 'png' | 'svg'

type MediaRange = { name: string; quality: number }

/**
 * The format that an `Accept` header asks for (RFC 9110, 12.5.1): SVG where it is liked better than PNG, which is the
 * default. Browsers like both alike.
 */
export function preferredImageFormat(accept: string | undefined): ImageFormat {
  const ranges = (accept ?? '').split(',').map(readRange)
  return qualityOf(ranges, 'image/svg+xml') > qualityOf(ranges, 'image/png') ? 'svg' : 'png'
}

function readRange(text: string): MediaRange {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const given = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
  const quality = given === undefined ? 1 : Number(given)
  return { name, quality: quality >= 0 && quality <= 1 ? quality : 0 }
}

/** What the most exact of the ranges says of a type; 0 where none names it. */
function qualityOf(ranges: MediaRange[], type: string): number {
  const names = [type, 'image/*', '*/*']
  const saying = names.map((name) => ranges.find((range) => range.name === name))
  return saying.find((range) => range !== undefined)?.quality ?? 0
}

/** BARCODE is Code 128, which every till's scanner reads. */
export type CodeType = 'QRCODE' | 'BARCODE'
export const codeTypes: readonly CodeType[] = ['QRCODE', 'BARCODE']

const white = 'FFFFFF'
// Paddings are the quiet zones that scanners ask for: four modules of a QR code, ten of a bar code.
const symbols = {
  QRCODE: { bcid: 'qrcode', eclevel: 'M', scale: 5, padding: 8, backgroundcolor: white },
  // The text below the bars is what a cashier types when the scanner fails.
  BARCODE: {
    bcid: 'code128',
    scale: 3,
    height: 15,
    includetext: true,
    paddingwidth: 10,
    paddingheight: 4,
    backgroundcolor: white,
  },
} as const

/**
 * Draws a code of 1 to 64 printable ASCII characters, as PNG or as SVG text; the same image for the same code. About
 * 5 ms of the event loop.
 */
export async function renderCode(code: string, type: CodeType, format: ImageFormat): Promise<Buffer | string> {
  // Loaded when first needed: it takes 18 MB, and most processes and all commands draw nothing.
  const { toBuffer, toSVG } = await import('bwip-js')
  const options = { ...symbols[type], text: code }
  return format === 'svg' ? toSVG(options) : toBuffer(options)
}

/** `/c/{token}?type=QRCODE|BARCODE`: short, because the address travels in text messages. */
export const codeImagePrefix = '/c'
const path = '/:token'

type CouponName = Parameters<Core['revealCodes']>[0][number]

// NUL is in no text that a partner or an operator can give: no other ciphertext of the hub begins like this.
const tokenKind = 'c\0'
const tokenText = /^c\0([0-9a-z]{1,11})\.([0-9a-z]{1,11})\.([0-9a-z]{1,11})$/

/**
 * Names a coupon in an address that shows its code: base64url, at most 72 characters. Whoever has it sees the code, so
 * it is as secret as the code. It says nothing of the coupon to others, and is another one each time.
 */
export function makeCodeToken(keyring: Keyring, { lane, sourceId, serial }: CouponName): string {
  const name = [lane, sourceId, serial].map((part) => part.toString(36)).join('.')
  return keyring.encrypt(`${tokenKind}${name}`).toString('base64url')
}

/** The coupon that a token names; undefined where this hub has not made it. */
export function readCodeToken(keyring: Keyring, token: string): CouponName | undefined {
  const cipher = Buffer.from(token, 'base64url')
  if (cipher.toString('base64url') !== token) return undefined
  const parts = tokenText.exec(decryptIfOurs(keyring, cipher) ?? '')?.slice(1)
  const [lane, sourceId, serial] = (parts ?? []).map((part) => Number.parseInt(part, 36))
  if (lane === undefined || sourceId === undefined || serial === undefined) return undefined
  return { lane, sourceId, serial }
}

function decryptIfOurs(keyring: Keyring, cipher: Uint8Array): string | undefined {
  try {
    return keyring.decrypt(cipher)
  } catch {
    // Anybody may send anything here: what does not decrypt is no token, and no event.
    return undefined
  }
}

type Image = Buffer | string
type FindImage = (coupon: CouponName, type: CodeType, format: ImageFormat) => Promise<Image>

const rememberedImages = 500

/** Images by coupon. The latest are remembered: one that is asked for again and again costs the event loop once. */
function createImages(core: Core): FindImage {
  const images = new Map<string, Promise<Image>>()
  return (coupon, type, format) => {
    const key = `${couponKey(coupon)} ${type} ${format}`
    const found = images.get(key)
    if (found !== undefined) return found
    const drawn = readCode(core, coupon).then((code) => renderCode(code, type, format))
    images.set(key, drawn)
    drawn.catch(() => images.delete(key))
    const [oldest] = images.keys()
    if (images.size > rememberedImages && oldest !== undefined) images.delete(oldest)
    return drawn
  }
}

async function readCode(core: Core, coupon: CouponName): Promise<string> {
  const [code = ''] = await core.revealCodes([coupon])
  return code
}

/** Shows coupons' codes as images to whoever holds their tokens. To be registered at its prefix. */
export function codeImageRoutes(core: Core) {
  const findImage = createImages(core)
  return async (scope: FastifyInstance): Promise<void> => {
    openFaceScope(scope, answerError)
    scope.addHook('onRequest', async (_request, reply) => void reply.headers(guardingHeaders))
    scope.route<Asked>({
      method: ['GET', 'HEAD'],
      url: path,
      handler: (request, reply) => answer(core, findImage, request, reply),
    })
    scope.route({
      method: ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url: path,
      handler: (_request, reply) => refuseWith(reply.header('allow', 'GET, HEAD'), 405),
    })
  }
}

type Asked = { Params: { token: string }; Querystring: Record<string, unknown> }

/** The image is a secret of its holder's, and an SVG must not become a page that runs something. */
const guardingHeaders = {
  'cache-control': 'private, no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'",
  vary: 'accept',
}

const contentTypes: Record<ImageFormat, string> = { png: 'image/png', svg: 'image/svg+xml; charset=utf-8' }

async function answer(core: Core, findImage: FindImage, request: FastifyRequest<Asked>, reply: FastifyReply) {
  const { type: asked = 'QRCODE' } = request.query
  const type = codeTypes.find((one) => one === asked)
  if (type === undefined) return refuseWith(reply, 400, 'type must be QRCODE or BARCODE')
  const coupon = readCodeToken(core.hub.keyring, request.params.token)
  if (coupon === undefined) return refuseWith(reply, 404)
  const format = preferredImageFormat(request.headers.accept)
  const image = await findImage(coupon, type, format)
  return reply.type(contentTypes[format]).send(image)
}

const words: Record<number, string> = {
  400: 'bad_request',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'too_large',
  500: 'system_error',
}

const refuseWith = (reply: FastifyReply, status: number, message?: string) =>
  reply.status(status).send({ error: words[status], message })

async function answerError(request: FastifyRequest, reply: FastifyReply, error: unknown) {
  if (request.is404) return refuseWith(reply, 404)
  const { statusCode = 500 } = error as { statusCode?: number }
  if (statusCode < 500) return refuseWith(reply, statusCode === 413 ? 413 : 400)
  request.log.error({ err: error }, 'the image of a code could not be drawn')
  return refuseWith(reply, 500)
}
