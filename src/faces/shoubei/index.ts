import type { FastifyInstance } from 'fastify'
import type { JsonObject, JsonValue } from '../../wire/json.ts'
import { isPrintableAscii } from '../../wire/text.ts'
import { bodyBytes, openFace, readJson, type FaceTools } from '../face.ts'
import { refused, send, type Answer, type Fields } from './answer.ts'
import { authenticate, face, findAsker, stranger, type Asker, type Caller } from './authenticate.ts'
import { cancelRedemption } from './coupon-cancel.ts'
import { noCoupon, prepareUse } from './coupon-prepareuse.ts'
import { queryRedemption } from './coupon-quary.ts'
import { redeemCoupon } from './coupon-wf.ts'
import { noRecord, noRedemption } from './record.ts'
import { longestScanned } from './till.ts'
import { successWords } from './words.ts'

/** Shoubei, 接口URL. */
export const shoubeiPrefix = '/openpay'
const paths = {
  wf: '/coupon/wf',
  quary: '/coupon/quary',
  query: '/coupon/query',
  cancel: '/coupon/cancel',
  prepareuse: '/coupon/prepareuse',
}
export const shoubeiPaths = {
  wf: `${shoubeiPrefix}${paths.wf}`,
  quary: `${shoubeiPrefix}${paths.quary}`,
  query: `${shoubeiPrefix}${paths.query}`,
  cancel: `${shoubeiPrefix}${paths.cancel}`,
  prepareuse: `${shoubeiPrefix}${paths.prepareuse}`,
}

type Endpoint = {
  path: string
  act: (tools: FaceTools, caller: Caller, fields: JsonObject) => Promise<Fields>
  /** The names of its table, as a refusal fills them. */
  empty: Fields
}

const endpoints: Endpoint[] = [
  { path: paths.wf, act: redeemCoupon, empty: noRedemption },
  { path: paths.quary, act: queryRedemption, empty: noRecord },
  { path: paths.query, act: queryRedemption, empty: noRecord },
  { path: paths.cancel, act: cancelRedemption, empty: noRecord },
  { path: paths.prepareuse, act: prepareUse, empty: noCoupon },
]

/** Who asks, and with which fields: a refusal repeats some of them. */
type Asking = Asker & { fields: JsonObject }

/** Shoubei's wire: redeem, query, cancel, prepare. To be registered at its prefix, which makes a scope of its own. */
export function shoubeiFace(tools: FaceTools) {
  return async (scope: FastifyInstance): Promise<void> =>
    openFace<Endpoint, Asking, Answer>(scope, tools, {
      name: face,
      endpoints,
      meet: () => ({ ...stranger, fields: {} }),
      act: async (asker, { act }, request) => {
        // The sign is over the fields, so they are read before it can be checked.
        const fields = readJson(bodyBytes(request))
        Object.assign(asker, findAsker(tools, fields), { fields })
        const caller = authenticate(tools, request, fields, asker)
        return { words: successWords, data: await act(tools, caller, fields) }
      },
      isUnproven: ({ isProven }) => !isProven,
      refuse: (refusal, asker, { endpoint }) => {
        const table = endpoint?.empty ?? noRedemption
        return refused(refusal, asker, asker.isProven ? withEcho(table, asker.fields) : table)
      },
      send: (reply, asker, { data }) => send(reply, asker, data),
    })
}

/** As in the document's sample, a refusal says which code, and under which number, it is about. */
function withEcho(empty: Fields, fields: JsonObject): Fields {
  const asked: Fields = {
    codes: idOrNull(fields['coupon_code'], longestScanned) ?? idOrNull(fields['couponCode'], longestScanned),
    wf_trace_no: idOrNull(fields['wf_trace_no'], 64),
  }
  return Object.fromEntries(Object.keys(empty).map((name) => [name, asked[name] ?? null]))
}

const idOrNull = (value: JsonValue | undefined, longest: number): string | null =>
  typeof value === 'string' && value.length <= longest && isPrintableAscii(value) ? value : null
