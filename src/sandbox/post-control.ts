/** Tells a simulator what to do, over HTTP. An Error with its words where it does not. */
export async function postControl(url: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${url} does not do that: ${text}`)
  return text === '' ? undefined : (JSON.parse(text) as unknown)
}
