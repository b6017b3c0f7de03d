import type { RedeemAsk } from '../../suppliers/supplier.ts'
import type { Till } from '../command/callers.ts'
import { pairKey, type Setup } from '../set-up/snapshot.ts'

type Asked = Pick<Till, 'acceptorId' | 'merchantNo' | 'shopNo'> & {
  no: string
  supplierId: string
  channelType: string
  code: string
  amountFen?: number | null | undefined
  realAmountFen?: number | null | undefined
  memo?: string | undefined
  at: Date
}

/** What a supplier is asked of its code. */
export function redeemAskOf(setup: Setup, asked: Asked): RedeemAsk {
  const { no, supplierId, code, acceptorId, merchantNo, shopNo, amountFen, realAmountFen, memo, at } = asked
  const thirdShopNo = setup.routes.get(pairKey(acceptorId, asked.channelType))?.thirdShopNos.get(shopNo)
  return {
    no,
    supplierId,
    code,
    acceptorId,
    merchantNo,
    shopNo,
    ...(thirdShopNo === undefined ? {} : { thirdShopNo }),
    ...(typeof amountFen === 'number' ? { amountFen } : {}),
    ...(typeof realAmountFen === 'number' ? { realAmountFen } : {}),
    at,
    ...(memo === undefined ? {} : { memo }),
  }
}
