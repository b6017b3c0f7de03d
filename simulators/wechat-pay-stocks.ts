import { isJsonObject } from './json.ts'
import type { JsonObject } from './json.ts'
import type { Answer } from './receiving-server.ts'
import { toShanghaiRfc3339 } from './shanghai-time.ts'
import { errors, yes } from './wechat-pay-answer.ts'

/** A stock (批次) of cash coupons; amounts in fen. */
export type WechatPayStock = {
  stock_id: string
  stock_name: string
  status: 'unactivated' | 'running' | 'paused' | 'stoped'
  available_begin_time: string
  available_end_time: string
  create_time: string
  no_cash: boolean
  stock_use_rule: {
    max_coupons: number
    max_amount: number
    max_amount_by_day: number
    max_coupons_per_user: number
  }
  fixed_normal_coupon: { coupon_amount: number; transaction_minimum: number }
  distributed_coupons: number
  /** How many were given on which day (yyyy-MM-dd, Asia/Shanghai). */
  distributedByDay: Map<string, number>
}

export type WechatPayStocks = {
  create: (request: unknown) => Answer
  /** start, pause, restart or stop. */
  change: (stockId: string, act: string) => Answer
  find: (stockId: string) => WechatPayStock | undefined
  show: (stockId: string) => Answer
  list: (offset: number, limit: number) => Answer
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isTime = (value: unknown): value is string => typeof value === 'string' && Number.isFinite(Date.parse(value))

type Plan = Omit<WechatPayStock, 'stock_id' | 'status' | 'create_time' | 'distributed_coupons' | 'distributedByDay'>

function readPlan(request: JsonObject): Plan | string {
  const { stock_name, available_begin_time, available_end_time, no_cash, stock_type } = request
  const { stock_use_rule: rule, coupon_use_rule: use } = request
  const fixed = isJsonObject(use) ? use['fixed_normal_coupon'] : undefined
  if (typeof stock_name !== 'string' || stock_name === '') return 'stock_name'
  if (!isTime(available_begin_time)) return 'available_begin_time'
  if (!isTime(available_end_time)) return 'available_end_time'
  if (typeof no_cash !== 'boolean') return 'no_cash'
  if (stock_type !== 'NORMAL') return 'stock_type'
  if (!isJsonObject(rule)) return 'stock_use_rule'
  const { max_coupons, max_amount, max_amount_by_day = 0, max_coupons_per_user } = rule
  if (!isCount(max_coupons) || !isCount(max_amount) || !isCount(max_amount_by_day)) return 'stock_use_rule'
  if (!isCount(max_coupons_per_user) || max_coupons_per_user < 1) return 'max_coupons_per_user'
  if (!isJsonObject(fixed)) return 'fixed_normal_coupon'
  const { coupon_amount, transaction_minimum } = fixed
  if (!isCount(coupon_amount) || !isCount(transaction_minimum)) return 'fixed_normal_coupon'
  if (max_amount !== max_coupons * coupon_amount) return 'max_amount: 批次预算等于批次面额乘以发券数'
  return {
    stock_name,
    available_begin_time,
    available_end_time,
    no_cash,
    stock_use_rule: { max_coupons, max_amount, max_amount_by_day, max_coupons_per_user },
    fixed_normal_coupon: { coupon_amount, transaction_minimum },
  }
}

const changes: Record<string, { from: readonly string[]; to: WechatPayStock['status'] }> = {
  start: { from: ['unactivated'], to: 'running' },
  pause: { from: ['running'], to: 'paused' },
  restart: { from: ['paused'], to: 'running' },
  stop: { from: ['running', 'paused'], to: 'stoped' },
}

/** The stocks of one merchant, in memory; at most `limit` of them. */
export function createWechatPayStocks(mchid: string, now: () => Date, limit: number): WechatPayStocks {
  const stocks = new Map<string, WechatPayStock>()
  const byRequest = new Map<string, { content: string; answer: Answer }>()

  const add = (plan: Plan): Answer => {
    const stock_id = String(9_856_000 + stocks.size)
    const create_time = toShanghaiRfc3339(now())
    const fresh = { distributed_coupons: 0, distributedByDay: new Map<string, number>() }
    stocks.set(stock_id, { stock_id, ...plan, status: 'unactivated', create_time, ...fresh })
    return yes({ stock_id, create_time })
  }

  const view = (stock: WechatPayStock): JsonObject => {
    const { stock_id, stock_name, status, create_time, no_cash, distributed_coupons } = stock
    const { available_begin_time, available_end_time, stock_use_rule, fixed_normal_coupon } = stock
    const kind = { stock_creator_mchid: mchid, stock_type: 'NORMAL', description: stock_name, no_cash }
    const times = { create_time, available_begin_time, available_end_time }
    const rule = { stock_use_rule: { ...stock_use_rule, fixed_normal_coupon } }
    return { stock_id, stock_name, status, distributed_coupons, ...kind, ...times, ...rule }
  }

  return {
    create: (request) => {
      if (!isJsonObject(request)) return errors.paramError('the body is to be a JSON object')
      const no = request['out_request_no']
      if (typeof no !== 'string' || no === '') return errors.paramError('out_request_no')
      const known = byRequest.get(no)
      const content = JSON.stringify(request)
      if (known !== undefined)
        return known.content === content ? known.answer : errors.alreadyExists('单号已存在，参数不一致')
      if (stocks.size >= limit) return errors.systemError('this simulator has no room for more stocks')
      const plan = readPlan(request)
      if (typeof plan === 'string') return errors.paramError(plan)
      const answer = add(plan)
      byRequest.set(no, { content, answer })
      return answer
    },
    change: (stockId, act) => {
      const [stock, wanted] = [stocks.get(stockId), changes[act]]
      if (stock === undefined || wanted === undefined) return errors.notFound('批次不存在')
      if (!wanted.from.includes(stock.status)) return errors.invalidRequest(`批次状态为 ${stock.status}`)
      stock.status = wanted.to
      return yes({ [`${act}_time`]: toShanghaiRfc3339(now()), stock_id: stockId })
    },
    find: (stockId) => stocks.get(stockId),
    show: (stockId) => {
      const stock = stocks.get(stockId)
      return stock === undefined ? errors.notFound('批次不存在') : yes(view(stock))
    },
    list: (offset, most) => {
      const data = [...stocks.values()].slice(offset * most, (offset + 1) * most).map(view)
      return yes({ total_count: stocks.size, limit: most, offset, data })
    },
  }
}
