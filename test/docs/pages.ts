import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

export const readText = (path: string): string => readFileSync(`${root}${path}`, 'utf8')

/** The files that belong to the project: those that git knows or would take, that are there. */
export function projectFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  })
  const deleted = execFileSync('git', ['ls-files', '--deleted', '-z'], { cwd: root, encoding: 'utf8' }).split('\0')
  return [...new Set(listed.split('\0'))].filter((path) => path !== '' && !deleted.includes(path)).toSorted()
}

/** The rows of all tables of a page, cell by cell; heads and rules are left out. */
export function tableRows(page: string): string[][] {
  return tables(page).flatMap(({ rows }) => rows)
}

/** The tables of a page, each with its head. */
export function tables(page: string): { head: string[]; rows: string[][] }[] {
  const blocks = page.match(/(?:^\|.*\|\n)+/gm) ?? []
  return blocks.map((block) => {
    const [head = [], , ...rows] = block.trim().split('\n').map(cellsOf)
    return { head, rows }
  })
}

const cellsOf = (line: string): string[] =>
  line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim())

/** What stands between backticks, in order. */
export const quoted = (text: string): string[] => [...text.matchAll(/`([^`\n]+)`/g)].map(([, word]) => word!)

/** The fenced blocks of a page: the language of each, and its text. */
export const fences = (page: string): { language: string; text: string }[] =>
  [...page.matchAll(/^( *)```(\S*)[^\n]*\n([\s\S]*?)\n\1```$/gm)].map(([, , language, text]) => ({
    language: language!,
    text: text!,
  }))
