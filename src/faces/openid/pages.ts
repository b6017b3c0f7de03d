// Pages for holders, on their phones: small, in Chinese, each saying what to do next. They run nothing and load nothing.

export type Page = { status: number; title: string; html: string }

const style = `
*{box-sizing:border-box}
body{margin:0;padding:48px 24px;background:#f6f7f9;color:#1a1d21;text-align:center;
font:17px/1.6 -apple-system,BlinkMacSystemFont,"PingFang SC","Noto Sans SC","Microsoft YaHei",sans-serif}
main{max-width:360px;margin:0 auto;padding:32px 24px;background:#fff;border-radius:16px;box-shadow:0 1px 4px #0001}
h1{margin:0 0 12px;font-size:22px;line-height:1.35}
p{margin:0 0 20px;color:#5b6370}
svg{display:block;width:220px;height:220px;margin:0 auto 20px}
a{display:block;padding:12px;border-radius:10px;background:#07a35a;color:#fff;text-decoration:none}
small{display:block;margin-top:20px;color:#8a919c;font-size:13px;word-break:break-all}
@media (prefers-color-scheme:dark){body{background:#111315;color:#eceef0}main{background:#1c1f23}p{color:#a5adb8}
svg{background:#fff;border-radius:8px}}`

/** What browsers are told of every page: to keep nothing, run nothing, and tell nobody where the holder came from. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character]!)

const link = (address: string, words: string): string => `<a href="${escapeHtml(address)}">${words}</a>`

function page(status: number, title: string, words: string, more = ''): Page {
  const html = `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title}</title><style>${style}</style></head>
<body><main><h1>${title}</h1><p>${words}</p>${more}</main></body></html>
`
  return { status, title, html }
}

/** Outside of WeChat: how to get in. `qrCode` is an image of `address` as SVG; undefined where it is too long for one. */
export const scanPage = (address: string, qrCode: string | undefined): Page =>
  page(
    200,
    '请在微信中打开',
    qrCode === undefined ? '请复制下面的链接，到微信中打开。' : '用微信扫一扫下面的二维码，或复制链接到微信中打开。',
    `${qrCode ?? ''}<small>${escapeHtml(address)}</small>`,
  )

/** Another try may help: the link from its beginning. */
export const againPage = (startAddress: string): Page =>
  page(
    200,
    '没有成功，请再试一次',
    '微信没有返回结果，或页面停留太久。点击下面的按钮重新开始。',
    link(startAddress, '再试一次'),
  )

/** WeChat shows the page to somebody who has not opened it in full. */
export const snapshotPage = (startAddress: string): Page =>
  page(200, '请打开完整页面', '请先点击屏幕下方的“使用完整服务”，再点击下面的按钮。', link(startAddress, '继续'))

export const setUpPage = (): Page =>
  page(502, '暂时无法使用', '这个链接的公众号设置有误，重试也不会成功。请联系给您链接的银行或商家。')

export const unknownLinkPage = (): Page =>
  page(404, '链接不存在', '这个链接不存在或已停用。请回到活动页面，重新点击领取。')

export const wrongWayBackPage = (): Page =>
  page(400, '链接不完整', '这个链接没有写明要返回的页面，或不允许返回该页面。请回到活动页面，重新点击领取。')

export const forgedPage = (): Page => page(400, '链接无效', '这个页面不能直接打开。请回到活动页面，重新点击领取。')

export const wrongMethodPage = (): Page => page(405, '请求方式不正确', '请在微信中打开链接。')

export const failedPage = (): Page => page(500, '系统繁忙', '请稍后再试。')
