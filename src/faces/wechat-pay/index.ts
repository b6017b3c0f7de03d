import type { FaceTools } from '../face.ts'
import { supplierNoticeFace } from '../supplier-notice.ts'

export const wechatPayPrefix = '/wechatpay/notify'

/** WeChat Pay's COUPON.USE: taken is answered with 204. To be registered at its prefix. */
export const wechatPayFace = (tools: FaceTools) =>
  supplierNoticeFace(tools, { kind: 'wechat-pay', taken: { status: 204 } })
