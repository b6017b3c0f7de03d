import type { AttachmentKind } from '../attachment.ts'
import type { Rule } from './rule.ts'

/** What a request is about. */
export type Subjects = { readonly [kind in AttachmentKind]?: string | undefined }

/** The rules that hang on what a request is about, in the order of `rules`. */
export function rulesFor(rules: Rule[], scene: string, subjects: Subjects): Rule[] {
  return rules.filter(({ scene: asked, attachment: { kind, itemId } }) => {
    const subject = subjects[kind]
    return asked === scene && subject !== undefined && (itemId === null || itemId === subject)
  })
}
