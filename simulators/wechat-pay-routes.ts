const favor = '/v3/marketing/favor'

/** The paths of WeChat Pay that are served, as the document writes them. */
export const wechatPayRoutes = {
  createStock: `${favor}/coupon-stocks`,
  stocks: `${favor}/stocks`,
  stock: `${favor}/stocks/{stock_id}`,
  changeStock: `${favor}/stocks/{stock_id}/{act}`,
  userCoupons: `${favor}/users/{openid}/coupons`,
  userCoupon: `${favor}/users/{openid}/coupons/{coupon_id}`,
  callbacks: `${favor}/callbacks`,
  download: '/v3/billdownload/file',
  authorize: '/connect/oauth2/authorize',
  accessToken: '/sns/oauth2/access_token',
} as const

export type WechatPayPath = (typeof wechatPayRoutes)[keyof typeof wechatPayRoutes]

export const wechatPayPaths: readonly WechatPayPath[] = Object.values(wechatPayRoutes)

const patterns = wechatPayPaths.map((path) => ({
  path,
  names: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name),
  pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '([^/]+)')}$`),
}))

/** What a path stands for, with the values in it. */
export type WechatPayMatch = { path: WechatPayPath; values: Record<string, string> }

/** The route of a request's path; undefined where there is none. */
export function matchWechatPayPath(given: string): WechatPayMatch | undefined {
  for (const { path, names, pattern } of patterns) {
    const found = pattern.exec(given)
    if (found !== null) {
      return { path, values: Object.fromEntries(names.map((name, i) => [name, decode(found[i + 1] ?? '')])) }
    }
  }
  return undefined
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
