import { describe, expect, it, test } from 'vitest'
import { codeTypes, renderCode, preferredImageFormat } from './code-image.ts'

const code = '10116574123700278846'

/** The tags of an XML text that were opened and not closed, or closed and not opened. */
function unbalanced(xml: string): string[] {
  const open: string[] = []
  for (const [, end, name, empty] of xml.matchAll(/<(\/?)([a-z]+)(?: [a-zA-Z-]+="[^"<>&]*")*\s*(\/?)>/g)) {
    if (end === '/') {
      if (open.pop() !== name) return [`</${name}>`]
    } else if (empty === '') open.push(name!)
  }
  const rest = xml.replaceAll(/<\/?[a-z]+(?: [a-zA-Z-]+="[^"<>&]*")*\s*\/?>/g, '').trim()
  return rest === '' ? open : [rest]
}

describe.each(codeTypes)('a drawn %s', (type) => {
  it('is a PNG with room around it', async () => {
    const png = (await renderCode(code, type, 'png')) as Buffer
    expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
    expect([width, height]).toEqual(type === 'QRCODE' ? [290, 290] : [495, 176])
    expect(png.length).toBeLessThan(20_000)
  })

  it('is well-formed SVG', async () => {
    const svg = (await renderCode(code, type, 'svg')) as string
    expect(svg).toMatch(/^<svg viewBox="0 0 \d+ \d+" xmlns="http:\/\/www\.w3\.org\/2000\/svg">/)
    expect(unbalanced(svg)).toEqual([])
  })

  test.each(['png', 'svg'] as const)('is the same %s for the same code, and another for another', async (format) => {
    const [first, again] = [await renderCode(code, type, format), await renderCode(code, type, format)]
    expect(again).toEqual(first)
    expect(await renderCode('10116574123700278847', type, format)).not.toEqual(first)
  })

  test.each([
    ['one character', '0'],
    ['64 characters', 'z9!~'.repeat(16)],
    ['signs of markup', `<"&'>^012`],
  ])('takes a code of %s', async (_, text) => {
    expect(unbalanced((await renderCode(text, type, 'svg')) as string)).toEqual([])
    expect(Buffer.isBuffer(await renderCode(text, type, 'png'))).toBe(true)
  })
})

test.each([
  ['nothing', undefined, 'png'],
  ['an empty text', '', 'png'],
  ['anything', '*/*', 'png'],
  ['an image of any kind', 'image/*', 'png'],
  ['SVG alone', 'image/svg+xml', 'svg'],
  ['SVG in capital letters', 'Image/SVG+XML', 'svg'],
  ['SVG before anything else', 'image/svg+xml,*/*;q=0.8', 'svg'],
  ['SVG before PNG', 'image/png;q=0.5, image/svg+xml;q=0.9', 'svg'],
  ['PNG before SVG', 'image/svg+xml;q=0.5, image/png', 'png'],
  ['SVG not at all', 'image/svg+xml;q=0, */*', 'png'],
  ['PNG not at all', 'image/png;q=0, image/*', 'svg'],
  ['both alike, as browsers do', 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', 'png'],
  ['a page', 'text/html', 'png'],
  ['a quality that is none', 'image/svg+xml;q=high', 'png'],
])('an Accept header of %s', (_, accept, format) => {
  expect(preferredImageFormat(accept)).toBe(format)
})
