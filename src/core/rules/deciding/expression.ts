import { type ASTNode, Environment } from '@marcbachmann/cel-js'
import { checkBounds } from './expression-bounds.ts'

/** How many pieces, and what they are worth. */
export type Sums = { qty: number; amountFen: number }

// Most rules only compare sums with whole numbers: groups[0].qty >= 2 && cart.amountFen > 3000. These need nothing of
// CEL once it has parsed and checked them, and take a tenth of the time as functions of numbers. What is compared is
// below 2^53 on both sides, so numbers compare as CEL's integers do, and nothing in it can fail.

type Ask<Value> = (groups: readonly Sums[], cart: Sums) => Value

const comparisons: Record<string, (a: Ask<number>, b: Ask<number>) => Ask<boolean>> = {
  '<': (a, b) => (groups, cart) => a(groups, cart) < b(groups, cart),
  '<=': (a, b) => (groups, cart) => a(groups, cart) <= b(groups, cart),
  '>': (a, b) => (groups, cart) => a(groups, cart) > b(groups, cart),
  '>=': (a, b) => (groups, cart) => a(groups, cart) >= b(groups, cart),
  '==': (a, b) => (groups, cart) => a(groups, cart) === b(groups, cart),
  '!=': (a, b) => (groups, cart) => a(groups, cart) !== b(groups, cart),
}

/**
 * A checked expression that only compares sums and whole numbers, joined by `&&` and `||`, as a function; undefined for
 * every other, which is CEL's to evaluate. Its group numbers exist, as `checkBounds` has seen to.
 */
function compileComparison({ op, args }: ASTNode): Ask<boolean> | undefined {
  if (op === '&&' || op === '||') return joined(op, compileComparison(args[0]), compileComparison(args[1]))
  const compare = comparisons[op]
  if (compare === undefined) return undefined
  const [left, right] = args as [ASTNode, ASTNode]
  const [a, b] = [numberOf(left), numberOf(right)]
  return a === undefined || b === undefined ? undefined : compare(a, b)
}

function joined(op: '&&' | '||', a: Ask<boolean> | undefined, b: Ask<boolean> | undefined): Ask<boolean> | undefined {
  if (a === undefined || b === undefined) return undefined
  if (op === '&&') return (groups, cart) => a(groups, cart) && b(groups, cart)
  return (groups, cart) => a(groups, cart) || b(groups, cart)
}

function numberOf({ op, args }: ASTNode): Ask<number> | undefined {
  if (op === 'value') return constantOf(args)
  if (op !== '.') return undefined
  const [owner, name] = args
  if (name !== 'qty' && name !== 'amountFen') return undefined
  if (owner.op === 'id') return owner.args === 'cart' ? (_groups, cart) => cart[name] : undefined
  const index = owner.op === '[]' ? groupIndexOf(owner.args) : undefined
  return index === undefined ? undefined : (groups) => groups[index]![name]
}

function constantOf(value: unknown): Ask<number> | undefined {
  const number = typeof value === 'bigint' ? Number(value) : Number.NaN
  return Number.isSafeInteger(number) ? () => number : undefined
}

function groupIndexOf([list, index]: [ASTNode, ASTNode]): number | undefined {
  const isGroups = list.op === 'id' && list.args === 'groups'
  return isGroups && index.op === 'value' && typeof index.args === 'bigint' ? Number(index.args) : undefined
}

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
