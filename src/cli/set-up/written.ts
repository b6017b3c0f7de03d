/** What an ERP wrote over its own wire, a line for each of its fields; nothing where an operator set it up. */
export function showWritten(written: unknown): Record<string, string> {
  if (written === null) return {}
  const { fields } = written as { fields: Record<string, unknown> }
  return showWords(fields)
}

/** Fields by the wire's own names, marked as the writer's words. */
export const showWords = (fields: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      `wrote ${name}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )
