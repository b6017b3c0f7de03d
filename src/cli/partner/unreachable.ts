const words: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there. Is the hub running, and is this its port?',
  ENOTFOUND: 'there is no machine of this name. Check the address.',
  EAI_AGAIN: 'its name cannot be resolved now. Check the network and the DNS.',
  EHOSTUNREACH: 'there is no way to this machine. Check the network.',
  ENETUNREACH: 'there is no way to this network. Check the network.',
  ECONNRESET: 'it closed the connection. Is there a firewall, or is it https instead of http?',
  UND_ERR_SOCKET: 'it closed the connection. Is there a firewall, or is it https instead of http?',
  UND_ERR_CONNECT_TIMEOUT: 'it does not take the connection. Is there a firewall between?',
  UND_ERR_HEADERS_TIMEOUT: 'it took the request and did not answer within 30 s.',
  EPROTO: 'it does not speak TLS. Is it http instead of https?',
}

/** Why a hub does not answer, in words that say where to look. */
export function unreachable(url: string, error: unknown): string {
  const told = [...causesOf(error)].map(({ code }) => words[code ?? '']).find((one) => one !== undefined)
  return `The hub at ${url} does not answer: ${told ?? (error as Error).message}`
}

function* causesOf(error: unknown): Iterable<NodeJS.ErrnoException> {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    yield cause
    if (cause instanceof AggregateError) yield* cause.errors as NodeJS.ErrnoException[]
  }
}
