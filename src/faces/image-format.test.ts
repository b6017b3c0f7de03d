import { expect, test } from 'vitest'
import { preferredImageFormat } from './image-format.ts'

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
