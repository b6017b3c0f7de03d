/**
 * What a channel may do to its codes, by the `optTag` of BatchCodeUpdate. The wire's own is B1; the others are ours.
 * `notice` is the action under which the outcome is told.
 */
export const optTags = {
  B1: { act: 'void', notice: 'MakeVoidNotify' },
  B2: { act: 'freeze', notice: 'UpdateCodeStatusNotify' },
  B3: { act: 'unfreeze', notice: 'UpdateCodeStatusNotify' },
  B4: { act: 'delay', notice: 'CodeDelayNotify' },
  B5: { act: 'activate', notice: 'UpdateCodeStatusNotify' },
} as const

export type OptTag = keyof typeof optTags

export const isOptTag = (text: string): text is OptTag => Object.hasOwn(optTags, text)

/** The action under which it is told what became of codes. */
export const changeNoticeOf = (optTag: string): string =>
  isOptTag(optTag) ? optTags[optTag].notice : 'UpdateCodeStatusNotify'
