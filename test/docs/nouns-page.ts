import { nouns } from '../../src/core/nouns/all.ts'
import { fieldsOf, type Field, type Noun, type Wire } from '../../src/core/nouns/noun.ts'

// The page of nouns, as their descriptions have it.

const head = `# Nouns

What operators set up, field by field: what each is called, what it may be, and what the partners' documents call it. The
command line's options and lists, the checks and the audit follow from the same descriptions (\`src/core/nouns\`), and so
does this page: \`npx vitest run test/docs/nouns.test.ts -u\` writes it. A dash means that the wire has no such word.
`

const wires: Wire[] = ['lakala', 'shoubei', 'whale', 'exchange']

export const nounsPage = (): string => [head, ...nouns.map(sectionOf)].join('\n')

const sectionOf = (noun: Noun): string =>
  `## ${noun.title.en} ${noun.title.zh}

${noun.help[0]!.toUpperCase()}${noun.help.slice(1)}. Named by ${noun.keys.map((key) => `\`${key}\``).join(' and ')}; table \`${noun.table}\`.

| field | 中文 | what it says | example | said | Lakala | Shoubei | Whale | Exchange |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${fieldsOf(noun).map(rowOf).join('\n')}
`

const rowOf = ([name, field]: [string, Field]): string => {
  const names = wires.map((wire) => field.wires?.[wire] ?? '–')
  const example = field.example === undefined ? '' : `\`${field.example}\``
  return `| ${[`\`${name}\``, field.title.zh, field.help, example, saidWhen(field), ...names].join(' | ')} |`
}

function saidWhen({ place, change, initial }: Field): string {
  if (place === 'kept') return 'by the hub'
  if (change === 'never') return 'when it is added, for ever'
  return place === 'column' && initial === undefined ? 'when it is added' : 'at any time'
}
