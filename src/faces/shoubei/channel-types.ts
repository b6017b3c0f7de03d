/** Shoubei, 请求参数, `channel_type`: what the document calls each of its routes. */
export const channelTypeNames: ReadonlyMap<string, string> = new Map([
  ['10001', '东福'],
  ['10002', '口碑'],
  ['10003', '抖音'],
  ['10004', '美团'],
  ['10005', '苏打优选'],
  ['10006', '熊猫优福'],
  ['10007', '品诺福利'],
  ['10008', '中票优品'],
  ['10009', '可伴'],
  ['10013', '惠码通'],
])

/** Who has had another discount may not use these besides (`exc_discount_flag`). */
export const exclusiveChannelTypes: readonly string[] = ['10005', '10009']
