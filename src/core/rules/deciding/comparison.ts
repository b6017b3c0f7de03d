import type { ASTNode } from '@marcbachmann/cel-js'
import type { Sums } from './sums.ts'

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
export function compileComparison({ op, args }: ASTNode): Ask<boolean> | undefined {
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
