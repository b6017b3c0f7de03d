import { randomBytes } from 'node:crypto'
import type { Answer } from './receiving-server.ts'

export type WechatOauth = {
  /** Sends the holder back with a code: the address, or what is wrong with the request. */
  authorize: (query: URLSearchParams) => { location: string } | { problem: string }
  /** Errors are HTTP 200 with an errcode. */
  accessToken: (query: URLSearchParams) => Answer
  /** Who authorizes from now on. */
  setOpenid: (openid: string) => void
}

type Code = { appid: string; openid: string; madeAt: Date; isUsed: boolean }

const codeLifeMilliseconds = 5 * 60_000
const mostCodes = 10_000

const errcode = (code: number, errmsg: string): Answer => ({ status: 200, body: { errcode: code, errmsg } })

/** WeChat's web authorization (网页授权, snsapi_base) for the apps given with their secrets. */
export function createWechatOauth(apps: Readonly<Record<string, string>>, now: () => Date): WechatOauth {
  const codes = new Map<string, Code>()
  const isApp = (appid: string | null): appid is string => appid !== null && Object.hasOwn(apps, appid)
  let openid = 'oKL-mwRzR-SBfI4QDAI1QXOpkyc8'

  const makeCode = (appid: string): string => {
    const code = randomBytes(16).toString('hex')
    codes.set(code, { appid, openid, madeAt: now(), isUsed: false })
    const [oldest] = codes.keys()
    if (codes.size > mostCodes && oldest !== undefined) codes.delete(oldest)
    return code
  }

  const problemOfAsk = (query: URLSearchParams): Answer | undefined => {
    const [appid, secret, code] = [query.get('appid'), query.get('secret'), query.get('code')]
    if (!appid) return errcode(41002, 'appid missing')
    if (!secret) return errcode(41004, 'appsecret missing')
    if (!code) return errcode(41008, 'missing code')
    if (query.get('grant_type') !== 'authorization_code') return errcode(40002, 'invalid grant_type')
    if (!isApp(appid)) return errcode(40013, 'invalid appid')
    return apps[appid] === secret ? undefined : errcode(40125, 'invalid appsecret')
  }

  return {
    setOpenid: (given) => void (openid = given),
    authorize: (query) => {
      const [appid, redirect, state] = [query.get('appid'), query.get('redirect_uri'), query.get('state') ?? '']
      if (!isApp(appid)) return { problem: 'AppID 参数错误' }
      if (redirect === null || !/^https?:\/\//.test(redirect)) return { problem: 'redirect_uri 参数错误' }
      if (query.get('response_type') !== 'code') return { problem: 'response_type 参数错误' }
      if (!/^snsapi_(?:base|userinfo)$/.test(query.get('scope') ?? '')) return { problem: 'Scope 参数错误' }
      const [address = '', ...fragment] = redirect.split('#')
      const end = fragment.length === 0 ? '' : `#${fragment.join('#')}`
      const added = `code=${makeCode(appid)}&state=${encodeURIComponent(state)}`
      return { location: `${address}${address.includes('?') ? '&' : '?'}${added}${end}` }
    },
    accessToken: (query) => {
      const problem = problemOfAsk(query)
      if (problem !== undefined) return problem
      const code = codes.get(query.get('code') ?? '')
      const isLate = code !== undefined && now().getTime() - code.madeAt.getTime() > codeLifeMilliseconds
      if (code === undefined || code.appid !== query.get('appid') || isLate) return errcode(40029, 'invalid code')
      if (code.isUsed) return errcode(40163, 'code been used')
      code.isUsed = true
      const [access_token, refresh_token] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
      return {
        status: 200,
        body: { access_token, expires_in: 7200, refresh_token, openid: code.openid, scope: 'snsapi_base' },
      }
    },
  }
}
