import { afterEach, beforeEach, expect, it } from 'vitest'
import { lakalaPaths } from '../../src/faces/lakala/index.ts'
import { shoubeiPaths } from '../../src/faces/shoubei/index.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { bodyCases, routeCases } from './bad-input/bodies.ts'
import type { Case, Scene } from './bad-input/case.ts'
import { exchangeFieldCases, exchangeProofCases, exchangeStrangerCases } from './bad-input/exchange.ts'
import { lakalaFieldCases } from './bad-input/lakala-fields.ts'
import { lakalaProofCases, shoubeiProofCases } from './bad-input/proofs.ts'
import { amountCases, shoubeiFieldCases } from './bad-input/shoubei-fields.ts'
import { addStrangers, strangerCases } from './bad-input/strangers.ts'
import { whaleContentCases } from './bad-input/whale-contents.ts'
import { whaleFieldCases } from './bad-input/whale-fields.ts'
import { whaleProofCases } from './bad-input/whale-proofs.ts'
import { openWhale } from './bad-input/whale-requests.ts'
import { whaleRuleCases } from './bad-input/whale-rules.ts'
import { whaleStrangerCases } from './bad-input/whale-strangers.ts'
import { addMerchant, order } from './exchange-partner.ts'
import { issueFields, openPartners, type Answer, type Fields } from './partners.ts'

// Every case is a request that must be refused: in the face's words, with nothing written and nothing told of the hub.

describeOnOneDatabase(
  'bad input',
  (database) => {
    let scene: Scene
    beforeEach(async () => {
      const partners = await openPartners(database(), { requestsPerSecond: 1_000_000 })
      await partners.changeSetup((tx) => addStrangers(tx, partners.core.hub.keyring))
      const knownNonce = 'abcdefgh12345678'
      await partners.bank(lakalaPaths.issue, issueFields({ mer_order_id: 'KNOWN' }), { nonce: knownNonce })
      const redeemedCode = await partners.issue()
      const redeemed = await partners.till(shoubeiPaths.wf, { coupon_code: redeemedCode, wf_trace_no: 'T1' })
      await partners.changeSetup((tx) => addMerchant(tx, partners.core.hub.keyring))
      await order(partners, { bizCode: 'KNOWN-EX' }, { nonce: knownNonce })
      const orderNo = String(redeemed.body['order_no'])
      const code = await partners.issue()
      scene = { partners, code, redeemedCode, orderNo, knownNonce, whale: await openWhale(partners) }
    })
    afterEach(() => scene.partners.close())

    const rows = async () =>
      (
        await database().sql`
        select (select count(*) from orders) as orders, (select count(*) from coupons) as coupons,
          (select count(*) from coupons where state = 'issued') as issued,
          (select count(*) from redemptions where state = 'succeeded') as redemptions,
          (select count(*) from request_numbers) as request_numbers, (select count(*) from nonces) as nonces,
          (select count(*) from notifications) as notifications, (select version from setup_version) as setup_version,
          (select count(*) from audit) as audit, (select sum(used)::int from counters where key like 'stock%') as used`
      )[0]

    const suites: [string, Case[]][] = [
      ['is no JSON object in UTF-8, at every endpoint', bodyCases()],
      ['goes to a path or by a method that does not exist', routeCases()],
      [
        'does not prove whose it is, or not that it is new',
        [...lakalaProofCases(), ...shoubeiProofCases(), ...exchangeProofCases()],
      ],
      ['has a Lakala field that is missing, too long, of a wrong type or of wrong characters', lakalaFieldCases()],
      ['has a Shoubei field that is missing, too long, of a wrong type or of wrong characters', shoubeiFieldCases()],
      ['has an Exchange field that is missing, too long, of a wrong type or of wrong characters', exchangeFieldCases()],
      ['has an amount that is none', amountCases()],
      ['asks for what is somebody else’s', [...strangerCases(), ...exchangeStrangerCases()]],
      ['does not prove whose it is, or what it asks, on Whale’s wire', whaleProofCases()],
      [
        'has a field of Whale’s transactions that is missing, too long or of wrong characters',
        whaleFieldCases.transactions,
      ],
      [
        'has a field of Whale’s back office that is missing, too long or of wrong characters',
        whaleFieldCases.backOffice,
      ],
      ['contradicts itself, or has a cart, a share or a list that is none', whaleContentCases()],
      ['creates a rule that cannot be understood, or hangs on nothing', whaleRuleCases()],
      ['asks for what is another channel’s', whaleStrangerCases()],
    ]
    for (const [what, cases] of suites) {
      it(`that ${what} is refused in the face's words, and nothing is written or leaked`, async () => {
        const before = await rows()
        const wrong: string[] = []
        for (const { title, ask, hears, status = 200 } of cases) {
          const answer = await ask(scene)
          const heard = wordsIn(answer)
          if (answer.status !== status || !heard.startsWith(hears)) {
            wrong.push(`${title}: heard ${answer.status} ${heard}, instead of ${status} ${hears}`)
          }
          const leak = leaks.exec(answer.text + heard)
          if (leak !== null) wrong.push(`${title}: leaks ${leak[0]}`)
        }
        expect(wrong).toEqual([])
        expect(await rows()).toEqual(before)
      })
    }
  },
  'embedded',
)

const leaks =
  /node_modules|\.[tj]s:\d|\n\s+at |\bselect\b|insert into|request_numbers|redemptions|sqlstate|postgres|relation "/i

/** Code and message of an answer of any face; both where Lakala's inner pair differs from the outer one. */
function wordsIn({ body }: Pick<Answer, 'body'>): string {
  if ('biz_content' in body) {
    return wordsIn({ body: JSON.parse(Buffer.from(String(body['biz_content']), 'base64').toString()) as Fields })
  }
  if ('returnCode' in body) return `${String(body['returnCode'])} ${String(body['returnMsg'])}`
  if ('return_code' in body) return `${String(body['return_code'])} ${String(body['return_msg'])}`
  if (typeof body['status'] === 'number') return `${body['status']} ${String(body['message'])}`
  const data = (body['data'] ?? body['resp_data'] ?? {}) as Fields
  const outer = `${String(body['code'])} ${String(body['msg'])}`
  const inner = `${String(data['resCode'])} ${String(data['failMsg'])}`
  return outer === inner ? outer : `${outer} / ${inner}`
}
