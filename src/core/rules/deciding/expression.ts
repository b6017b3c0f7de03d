import { Environment } from '@marcbachmann/cel-js'
import { compileComparison } from './comparison.ts'
import { checkBounds } from './expression-bounds.ts'
import type { Sums } from './sums.ts'

/**
 * Pieces and their amount, as expressions see them: whole numbers, which CEL wants as bigint, made when they are asked
 * for. CEL knows the fields of a declared type by its constructor, so that a misspelt field is refused when a rule is made.
 */
class Sum {
  readonly sums: Sums
  constructor(sums: Sums) {
    this.sums = sums
  }
  get qty(): bigint {
    return BigInt(this.sums.qty)
  }
  get amountFen(): bigint {
    return BigInt(this.sums.amountFen)
  }
}

/** A compiled expression over the groups and the cart. */
export type PreparedExpression = {
  text: string
  /** True, false, whole numbers, or the Error of an expression that failed: a division by zero, an index too far. */
  evaluate: (groups: Sums[], cart: Sums) => unknown
}

const mostCharacters = 2000
const fields = { qty: 'int', amountFen: 'int' }
const environment = new Environment({
  limits: { maxAstNodes: 300, maxDepth: 24, maxListElements: 200, maxMapEntries: 1, maxCallArguments: 4 },
})
  .registerType('Sum', { ctor: Sum, fields })
  .registerVariable('groups', 'list<Sum>')
  .registerVariable('cart', 'Sum')

/** Compiles an expression that must give one of `types`. The Error thrown says what is wrong with it. */
export function prepareExpression(text: string, types: string[], groupCount: number): PreparedExpression {
  if (text.length > mostCharacters) throw new Error(`has more than ${mostCharacters} characters`)
  const parsed = environment.parse(text)
  checkBounds(parsed.ast, groupCount)
  const { valid, type, error } = parsed.check()
  if (!valid) throw new Error(error?.message ?? 'is no valid expression')
  if (type === undefined || !types.includes(type)) throw new Error(`gives ${type}, not ${types.join(' or ')}`)
  return { text, evaluate: compileComparison(parsed.ast) ?? byCel(parsed) }
}

const byCel =
  (parsed: ReturnType<typeof environment.parse>): PreparedExpression['evaluate'] =>
  (groups, cart) => {
    try {
      return parsed({ groups: groups.map(toSum), cart: toSum(cart) }) as unknown
    } catch (error) {
      return error
    }
  }

const toSum = (sums: Sums): Sum => new Sum(sums)
