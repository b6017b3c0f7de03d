import type { ASTNode } from '@marcbachmann/cel-js'

// CEL bounds no run time by itself: nested comprehensions multiply. So the language is cut down to what rules need, whole
// numbers and flat lists of them, in which the steps of an expression can be counted before it ever runs.

const mostSteps = 10_000
const mostNested = 2
const comprehensions = new Set(['all', 'exists', 'exists_one', 'filter', 'map'])
const lists = new Set(['filter', 'map'])

/** What an expression, or a part of it, costs at most; `size` is the length of its list, 1 where it is none. */
type Cost = { steps: number; size: number; isList: boolean; nested: number }

const scalar = (parts: Cost[]): Cost => ({
  steps: parts.reduce((sum, part) => sum + part.steps, 1),
  size: 1,
  isList: false,
  nested: parts.reduce((most, part) => Math.max(most, part.nested), 0),
})

/** Throws an Error that says what an expression may not do: what cannot be bounded, or costs too much. */
export function checkBounds(ast: ASTNode, groupCount: number): void {
  const { steps, nested } = costOf(ast, groupCount)
  if (nested > mostNested) throw new Error(`nests all, exists, filter or map more than ${mostNested} deep`)
  if (steps > mostSteps) throw new Error(`could take ${steps} steps; at most ${mostSteps} are allowed`)
}

function costOf(node: ASTNode, groupCount: number): Cost {
  const cost = (part: ASTNode): Cost => costOf(part, groupCount)
  switch (node.op) {
    case 'value':
      if (typeof node.args === 'bigint' || typeof node.args === 'boolean') return scalar([])
      throw new Error('may only speak of whole numbers, true and false')
    case 'id':
      return node.args === 'groups' ? { ...scalar([]), size: groupCount, isList: true } : scalar([])
    case '.':
      return scalar([cost(node.args[0])])
    case '[]':
      checkIndex(node.args, groupCount)
      return scalar(node.args.map(cost))
    case 'list':
      return costOfList(node.args.map(cost))
    case 'call':
      return costOfCall(node.args[0], undefined, node.args[1], groupCount)
    case 'rcall':
      return costOfCall(node.args[0], cost(node.args[1]), node.args[2], groupCount)
    case '!_':
    case '-_':
      return scalar([cost(node.args)])
    case '?:':
      return costOfChoice(node.args.map(cost))
    case '.?':
    case '[?]':
    case 'map':
      throw new Error('may not use maps or optional values')
    case '||':
    case '&&':
    case '==':
    case '!=':
    case 'in':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return costOfOperator(node.op, node.args.map(cost))
  }
}

function checkIndex([list, index]: [ASTNode, ASTNode], groupCount: number): void {
  const isGroups = list.op === 'id' && list.args === 'groups'
  if (!isGroups || index.op !== 'value' || typeof index.args !== 'bigint') return
  if (index.args >= groupCount)
    throw new Error(`speaks of groups[${index.args}], but there are ${groupCount}, counted from 0`)
}

function costOfList(elements: Cost[]): Cost {
  if (elements.some((element) => element.isList)) throw new Error('may not make lists of lists')
  return { ...scalar(elements), size: elements.length, isList: true }
}

function costOfChoice(parts: Cost[]): Cost {
  const [, yes, no] = parts
  return { ...scalar(parts), size: Math.max(yes!.size, no!.size), isList: yes!.isList || no!.isList }
}

function costOfOperator(operator: string, sides: Cost[]): Cost {
  const cost = scalar(sides)
  if (!sides.some((side) => side.isList)) return cost
  if (operator !== 'in' && operator !== '==' && operator !== '!=') throw new Error(`may not use ${operator} with lists`)
  return { ...cost, steps: cost.steps + Math.max(...sides.map((side) => side.size)) }
}

function costOfCall(name: string, receiver: Cost | undefined, given: ASTNode[], groupCount: number): Cost {
  if (name === 'size')
    return scalar([...(receiver === undefined ? [] : [receiver]), ...given.map((part) => costOf(part, groupCount))])
  if (receiver === undefined || !comprehensions.has(name)) throw new Error(`may not call ${name}`)
  // The first argument names the element; the others run once for each.
  const body = scalar(given.slice(1).map((part) => costOf(part, groupCount)))
  if (name === 'map' && given.slice(1).some((part) => costOf(part, groupCount).isList))
    throw new Error('may not make lists of lists')
  return {
    steps: receiver.steps + receiver.size * body.steps,
    size: lists.has(name) ? receiver.size : 1,
    isList: lists.has(name),
    nested: Math.max(receiver.nested, body.nested + 1),
  }
}
