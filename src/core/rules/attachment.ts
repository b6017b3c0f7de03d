/** What rules hang on. */
export const attachmentKinds = ['activity', 'template', 'channel', 'merchant', 'shop', 'supplier', 'acceptor'] as const

export type AttachmentKind = (typeof attachmentKinds)[number]

/** Whether a request of the scene can have such a thing: who asks for codes is at no till. */
export const canHaveAttachment = (scene: string, kind: AttachmentKind): boolean =>
  scene !== 'make' || !['merchant', 'shop', 'acceptor'].includes(kind)
