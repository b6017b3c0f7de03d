import { z } from 'zod'
import type { BuyGet, Offer } from '../deciding/bodies.ts'
import { buyGetExamples } from './buy-get-examples.ts'
import { prepareExpression, type PreparedExpression } from '../deciding/expression.ts'
import { flag, rate, text, whole, yuan } from '../reading/fields.ts'
import type { Refusal, RuleType } from '../deciding/rule.ts'
import { readJson } from '../reading/written.ts'

const mostGroups = 50
const groupsProblem = 'must be a list of groups of codes, ["111,222","333,444"]'

/** `codeConfigList`: groups of codes, as a list or a string of JSON; each group a list or a text with commas. */
const codeGroups = z
  .union([z.string(), z.array(z.union([z.string(), z.array(z.string())]))], { error: groupsProblem })
  .transform((given, context) => {
    const groups = readGroups(given)
    if (groups !== undefined) return groups
    context.issues.push({ code: 'custom', message: groupsProblem, input: given })
    return z.NEVER
  })
  .refine((groups) => groups.length <= mostGroups, `has more than ${mostGroups} groups`)
  .refine((groups) => new Set(groups.flat()).size === groups.flat().length, 'has a code twice')
  .meta({
    title: '配置规则sku分组',
    description:
      'Groups of codes, ["111,222","333,444"]: groups[0], groups[1] in expressions. Absent: the whole cart is groups[0].',
  })

function readGroups(given: string | (string | string[])[]): string[][] | undefined {
  if (typeof given === 'string') {
    const parsed = z.array(z.union([z.string(), z.array(z.string())])).safeParse(readJson(given))
    return parsed.success ? readGroups(parsed.data) : undefined
  }
  const groups = given.map((group) => (typeof group === 'string' ? group.split(',') : group).map((code) => code.trim()))
  return groups.length > 0 && groups.flat().every((code) => code !== '' && code.length <= 64) ? groups : undefined
}

const expression = (title: string, description: string) => text({ title, description }, 2000).optional()

const buyGetSchema = z.object({
  codeConfigList: codeGroups.optional(),
  codeType: z
    .string()
    .transform((given) => given.toLowerCase())
    .pipe(z.enum(['sku', 'type', 'spec'], { error: 'must be sku, type or spec' }))
    .optional()
    .meta({
      title: 'code类型',
      description: 'By which of the goods’ codes groups are matched: sku (default), type or spec.',
    }),
  checkExpression: expression(
    '规则检查表达式',
    'CEL that must be true: groups[i].qty, groups[i].amountFen, cart.qty, cart.amountFen.',
  ),
  returnExpression: expression(
    '规则匹配返回产品表达式',
    'CEL that says on how many pieces of each group the discount falls: a list, or one number where there is one group. Absent: on all.',
  ),
  limitMinAmount: yuan({
    title: '满足规则的最小交易金额',
    description: 'The least amount of the cart, in yuan.',
  }).optional(),
  amountOff: yuan({ title: '固定金额折扣', description: 'So many yuan off the matched pieces.' }).optional(),
  discountOff: rate({
    title: '折扣',
    description: 'The part of the matched amount that is paid: 0.8 is 8折.',
  }).optional(),
  superposition: whole(
    {
      title: '是否可以叠加使用',
      description:
        'amountOff 0: once; 1: once for every limitMinAmount matched; above: so often, at most so many times.',
    },
    1_000_000,
  ).optional(),
  fixedAmount: yuan({ title: '固定金额', description: 'Each matched piece costs so many yuan.' }).optional(),
  setMealFixedAmount: yuan({
    title: '固定套餐金额',
    description: 'The matched pieces together cost so many yuan.',
  }).optional(),
  sort: z.enum(['price/a', 'price/d'], { error: 'must be price/a or price/d' }).optional().meta({
    title: '上送商品排序',
    description: 'Which pieces the discount falls on first: price/a the cheapest (default), price/d the dearest.',
  }),
  isMerchant: flag({ title: '是否为商户自由规则', description: 'Y: the merchant bears the discount.' }).optional(),
  faceValue: yuan({
    title: '固定值',
    description: 'The face value in yuan, instead of the discount worked out.',
  }).optional(),
  netValue: yuan({ title: '固定收银机入账金额', description: 'What the till books, in yuan.' }).optional(),
  netRadio: rate({
    title: '固定收银机入账折扣',
    description: 'What the till books, as a part of the cart.',
  }).optional(),
  reduceValue: yuan({
    title: '规定规则抵扣金额',
    description: 'The reduction in yuan (posPrice), instead of the face value.',
  }).optional(),
  cashierCode: text({ title: '收银机对接编号', description: 'Printed for the till.' }, 64).optional(),
})

type BuyGetValue = z.output<typeof buyGetSchema>

/** 买赠: what goods must be in the cart and what is off them. */
export const buyGetType: RuleType = {
  key: 'BuyGet',
  aliases: [],
  label: '商品优惠',
  description: 'Checks the goods of a cart and gives a discount on those that match.',
  needs: ['goodsDetail'],
  schema: buyGetSchema,
  prepare: (value, { id }) => prepareBuyGet(value as BuyGetValue, id),
  examples: buyGetExamples,
}

function prepareBuyGet(value: BuyGetValue, ruleId: string): { body: BuyGet } | { refusal: Refusal } {
  const refused = (field: string, message: string): { refusal: Refusal } => ({ refusal: { field, message } })
  const groupCount = value.codeConfigList?.length ?? 1
  const superposition = value.superposition ?? 0
  const limitMinAmountFen = value.limitMinAmount ?? 0
  const offer = offerOf(value)
  if (superposition > 0 && offer?.kind !== 'amountOff') return refused('superposition', 'goes with amountOff alone')
  if (superposition > 0 && limitMinAmountFen === 0) return refused('superposition', 'needs limitMinAmount')
  const check = compile(value.checkExpression, ['bool'], groupCount)
  if (typeof check === 'string') return refused('checkExpression', check)
  const pieces = compile(value.returnExpression, groupCount === 1 ? ['list<int>', 'int'] : ['list<int>'], groupCount)
  if (typeof pieces === 'string') return refused('returnExpression', pieces)
  return {
    body: {
      kind: 'buyGet',
      ruleId,
      codeType: value.codeType ?? 'sku',
      groupOf:
        value.codeConfigList &&
        new Map(value.codeConfigList.flatMap((codes, group) => codes.map((code) => [code, group]))),
      groupCount,
      check,
      pieces,
      isDearestFirst: value.sort === 'price/d',
      limitMinAmountFen,
      offer,
      superposition,
      faceValueFen: value.faceValue,
      netValueFen: value.netValue,
      netRate: value.netRadio,
      reduceValueFen: value.reduceValue,
      isMerchant: value.isMerchant === true,
      cashierCode: value.cashierCode,
    },
  }
}

/** Given several discounts, the first of these counts. */
function offerOf({ setMealFixedAmount, fixedAmount, amountOff, discountOff, ...rest }: BuyGetValue): Offer | undefined {
  if (setMealFixedAmount !== undefined) return { kind: 'setMeal', fen: setMealFixedAmount }
  if (fixedAmount !== undefined) return { kind: 'fixedAmount', fen: fixedAmount }
  if (amountOff !== undefined) return { kind: 'amountOff', fen: amountOff }
  if (discountOff !== undefined) return { kind: 'discountOff', paidRate: discountOff }
  const others = [rest.faceValue, rest.netValue, rest.netRadio, rest.reduceValue]
  return others.some((value) => value !== undefined) ? { kind: 'none' } : undefined
}

function compile(
  text: string | undefined,
  types: string[],
  groupCount: number,
): PreparedExpression | string | undefined {
  if (text === undefined) return undefined
  try {
    return prepareExpression(text, types, groupCount)
  } catch (error) {
    // CEL draws the expression and an arrow under its first line; the field is named already.
    return String(error instanceof Error ? error.message : error).split('\n', 1)[0]
  }
}
