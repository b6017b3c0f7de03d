import type { FaceTools } from '../face.ts'
import { supplierNoticeFace } from '../supplier-notice.ts'

export const lakalaNotifyPrefix = '/lakala/notify'

/**
 * Lakala, 核销回调, from the other side: where a platform whose coupons this hub orders tells of their use. To be registered
 * at its prefix.
 */
export const lakalaNotifyFace = (tools: FaceTools) =>
  supplierNoticeFace(tools, { kind: 'lakala', taken: { status: 200, body: { code: 'SUCCESS', msg: 'SUCCESS' } } })
