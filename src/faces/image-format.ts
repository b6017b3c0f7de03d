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
