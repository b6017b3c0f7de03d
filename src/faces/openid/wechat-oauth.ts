import { z } from 'zod'

/** What is asked of WeChat (GET) over the hub's guarded way out: its JSON; undefined where no whole answer came. */
export type AskWeChat = (url: string) => Promise<unknown>

// It goes into an address as it is.
const answerSchema = z.object({
  errcode: z.number().optional(),
  openid: z
    .string()
    .regex(/^[\w-]{1,128}$/)
    .optional(),
  is_snapshotuser: z.number().optional(),
})
type Answer = z.output<typeof answerSchema>

/** Where WeChat asks holders (a page that their app opens), and where it answers us. Without a slash at the end. */
type WeChatAddresses = { openUrl: string; apiUrl: string }

/**
 * The page of WeChat that names a holder without asking anything (`snsapi_base`) and sends back with `code` and `state`.
 * The order of the parameters, `connect_redirect` and the fragment are WeChat's.
 */
export const authorizeUrl = ({ openUrl }: WeChatAddresses, appId: string, redirectUri: string, state: string): string =>
  `${openUrl}/connect/oauth2/authorize?appid=${encodeURIComponent(appId)}` +
  `&redirect_uri=${encodeURIComponent(redirectUri)}&response_type=code&scope=snsapi_base&state=${state}` +
  '&connect_redirect=1#wechat_redirect'

/**
 * Who a code stands for. `snapshot`: a stand-in of somebody who has only looked at the page, and no openid to count on.
 * `again`: another try may help. `set-up`: the app or its secret is not right, and no try will.
 */
export type Named =
  | { kind: 'openid'; openid: string }
  | { kind: 'snapshot' }
  | { kind: 'again'; reason: string }
  | { kind: 'set-up'; reason: string }

/** Asks for the openid behind a code, which WeChat takes once and for five minutes. */
export async function nameHolder(
  { apiUrl }: WeChatAddresses,
  app: { appId: string; secret: string },
  code: string,
  ask: AskWeChat,
): Promise<Named> {
  const query = new URLSearchParams({ appid: app.appId, secret: app.secret, code, grant_type: 'authorization_code' })
  const answer = answerSchema.safeParse(await ask(`${apiUrl}/sns/oauth2/access_token?${query.toString()}`))
  if (!answer.success) return { kind: 'again', reason: 'WeChat did not answer, or not as it says it does' }
  return readAnswer(answer.data)
}

function readAnswer({ errcode = 0, openid, is_snapshotuser: isSnapshot }: Answer): Named {
  if (errcode !== 0) return refusedBy(errcode)
  if (isSnapshot === 1) return { kind: 'snapshot' }
  return openid === undefined ? { kind: 'again', reason: 'the answer had no openid' } : { kind: 'openid', openid }
}

// Invalid or missing app id and secret, an app that may not ask: somebody has to look at the deliver link.
const setUpCodes = new Set([40001, 40013, 40125, 40164, 41002, 41004, 48001, 50001])

const refusedBy = (errcode: number): Named => ({
  kind: setUpCodes.has(errcode) ? 'set-up' : 'again',
  reason: `WeChat answered errcode ${errcode}`,
})
