import type { FieldKind } from '../../core/nouns/noun.ts'
import { duration, limit, list, orNull, redeemableAt, stock, time, yuan } from '../parse.ts'
import { showFlag, showPlace, showTime, showYuan } from '../show.ts'

/** How a kind of value stands on the command line: what an option takes, how that is read, and how it is shown. */
type Way = {
  placeholder: string
  /** Throws commander's InvalidArgumentError; absent: the text is the value. */
  read?: (text: string) => unknown
  /** What the act is given of what was read, where that is not the same. */
  meant?: (read: never) => unknown
  show: (value: never) => string
}

const text = (placeholder: string): Way => ({ placeholder, show: String })

export const ways: Record<FieldKind, Way> = {
  id: text('<id>'),
  ids: { placeholder: '<ids>', read: list, show: (ids: string[]) => ids.join(', ') },
  name: text('<name>'),
  text: text('<text>'),
  url: text('<url>'),
  word: text('<word>'),
  time: { placeholder: '<time>', read: time, show: showTime },
  limit: { placeholder: '<n>', read: limit, meant: orNull, show: String },
  stock: { placeholder: '<n>', read: stock, meant: orNull, show: String },
  flag: { placeholder: '', show: showFlag },
  'cut-off': {
    placeholder: '<time>',
    read: (given) => (given === 'end-of-day' ? given : duration(given)),
    show: (until: number | string) => (typeof until === 'number' ? `${until} s after it` : until),
  },
  written: text('<json>'),
  fen: { placeholder: '<yuan>', read: yuan, show: showYuan },
  count: text('<n>'),
  place: { placeholder: '<where>', read: redeemableAt, show: showPlace },
  json: { placeholder: '<file>', show: (value: unknown) => JSON.stringify(value) },
  own: text(''),
}
