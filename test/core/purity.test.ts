import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const core = fileURLToPath(new URL('../../src/core/', import.meta.url))

// Rooms of which a `decide` is made.
const rooms = ['change', 'codes', 'command', 'counters', 'coupon', 'decision', 'foreign', 'issue', 'notify', 'redeem']
const moreRooms = ['rules', 'settle', 'supplier']
// What runs around batches, not in one: commands are made, refusals kept, suppliers' messages read and waited for.
const around = new Set(['decision/refusals.ts', 'foreign/foreign.ts', 'supplier/notice.ts'])

const files = [...rooms, ...moreRooms]
  .flatMap((room) => readdirSync(`${core}${room}`, { recursive: true }).map((name) => `${room}/${String(name)}`))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !around.has(name))

const bannedCalls = /^(?:now|clock|makeNumber|randomInt|randomUUID|randomBytes|setTimeout|setImmediate)$/
const bannedObjects = /^(?:Math\.random|Date\.now|performance\.now|process\.hrtime)$/

/** What reads the clock, draws by chance or waits, in code that is not asynchronous: all of `decide` is. */
function impuritiesOf(name: string, text: string): string[] {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)
  const found: string[] = []
  const visit = (node: ts.Node, isAsync: boolean): void => {
    const inside = isAsync || isAsynchronous(node)
    if (!inside && isImpure(node)) found.push(`${name}: ${node.getText().slice(0, 60)}`)
    if (isMutableModuleState(node)) found.push(`${name}: ${node.getText().slice(0, 60)}`)
    ts.forEachChild(node, (child) => visit(child, inside))
  }
  visit(source, false)
  return found
}

const isAsynchronous = (node: ts.Node): boolean =>
  (ts.isFunctionLike(node) &&
    (ts.getModifiers(node as ts.FunctionDeclaration)?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) ===
      true ||
      node.type?.getText().startsWith('Promise') === true)) ||
  (ts.isPropertyAssignment(node) && ['load', 'prepare'].includes(node.name.getText()))

function isImpure(node: ts.Node): boolean {
  if (ts.isNewExpression(node)) return node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0
  if (!ts.isCallExpression(node)) return false
  const called = node.expression
  if (bannedObjects.test(called.getText())) return true
  const name = ts.isPropertyAccessExpression(called) ? called.name.text : called.getText()
  return bannedCalls.test(name)
}

function isMutableModuleState(node: ts.Node): boolean {
  if (!ts.isVariableStatement(node) || !ts.isSourceFile(node.parent)) return false
  if ((node.declarationList.flags & ts.NodeFlags.Const) === 0) return true
  return node.declarationList.declarations.some(
    ({ type, initializer }) =>
      initializer !== undefined &&
      ts.isNewExpression(initializer) &&
      ['Map', 'Set'].includes(initializer.expression.getText()) &&
      // What is filled where it is made is a table to look things up in.
      initializer.arguments?.length === 0 &&
      type?.getText().startsWith('Readonly') !== true,
  )
}

describe('What decides', () => {
  it('reads no clock, draws nothing by chance, waits for nothing and keeps nothing in its module', () => {
    expect(files.length).toBeGreaterThan(80)
    expect(files.flatMap((name) => impuritiesOf(name, readFileSync(core + name, 'utf8')))).toEqual([])
  })

  it('would be found if it did', () => {
    const decide = (body: string): string => `const decide = (world: World) => { ${body} }`
    for (const body of ['return hub.now()', 'return new Date()', 'return Math.random()', 'return makeNumber(0, now)']) {
      expect(impuritiesOf('x.ts', decide(body))).toHaveLength(1)
    }
    expect(impuritiesOf('x.ts', 'const seen = new Map()')).toHaveLength(1)
    expect(impuritiesOf('x.ts', 'let last = 0')).toHaveLength(1)
    expect(impuritiesOf('x.ts', decide('return new Date(now.getTime() + 1)'))).toEqual([])
  })
})
