import type { Inserted } from '../../core/back-office/erp/insert.ts'
import type { SetupRequest } from '../../core/back-office/act.ts'
import { formatShanghaiCompact } from '../../time/shanghai.ts'
import type { Caller } from './actions/action.ts'

/** The document's word for yes. */
export const success = { returnCode: '00', returnMsg: 'SUCCESS' }

/**
 * The answer of the inserts that the document gives a till's table (新增销售渠道, 新增制码渠道, 新增券模板): the names of that
 * table with what means nothing here at nought, the id as orderNo, and the id under its own name.
 */
export const tillTable = ({ id, traceNo, at }: Inserted, named: Record<string, string | number>) => ({
  ...success,
  returnDesc: success.returnMsg,
  traceNo,
  orderNo: id,
  transDate: formatShanghaiCompact(at),
  rightsTimes: 0,
  moneyBalance: 0,
  pointBalance: 0,
  ...named,
})

export const requestOf = ({ app, no, nonce }: Caller): SetupRequest => ({ app, no, nonce })
