/** What rules hang on. */
export const attachmentKinds = ['activity', 'template', 'channel', 'merchant', 'shop', 'supplier', 'acceptor'] as const

export type AttachmentKind = (typeof attachmentKinds)[number]

/** The documents say "the table's name": what an ERP may call the tables, without prefix and separators. */
const aliases: Record<AttachmentKind, string[]> = {
  activity: ['activities', 'ebuyactivity', 'whaleactivity', 'activityinfo', '活动'],
  template: ['templates', 'ticket', 'tickettemplate', 'coupontemplate', 'product', 'ticketinfo', '券模板', '模板'],
  channel: ['channels', 'salechannel', 'salechanne', 'salechannelinfo', '销售渠道', '取码方', '渠道'],
  merchant: ['merchants', 'mer', 'brand', 'merchantinfo', '商户', '品牌'],
  shop: ['shops', 'store', 'stores', 'storeinfo', 'shopinfo', '门店'],
  supplier: ['suppliers', 'sendchannel', 'sendchanne', 'sendchannelinfo', '制码渠道', '制码方'],
  acceptor: ['acceptors', 'inst', 'institution', 'acquirer', '收单机构'],
}

const kindOf = new Map(attachmentKinds.flatMap((kind) => [kind, ...aliases[kind]].map((name) => [name, kind] as const)))

/** The kind that a table's name means: `t_sale_channel`, `SaleChannel` and `channel` are one. */
export function readAttachmentKind(written: string): AttachmentKind | undefined {
  const name = written
    .toLowerCase()
    .replace(/^(?:t|tb|tbl)[_-]/, '')
    .replace(/[\s_-]/g, '')
  return kindOf.get(name)
}

/** Whether a request of the scene can have such a thing: who asks for codes is at no till. */
export const canHaveAttachment = (scene: string, kind: AttachmentKind): boolean =>
  scene !== 'make' || !['merchant', 'shop', 'acceptor'].includes(kind)
