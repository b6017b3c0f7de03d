import type { Core } from '../../src/core/core.ts'
import type { HubError } from '../../src/core/command/errors.ts'
import { makeNonceKey } from '../../src/core/command/callers.ts'
import { makeNumber } from '../../src/core/numbers/numbers.ts'
import { addApp } from '../../src/core/back-office/apps.ts'
import { pairKey } from '../../src/core/set-up/snapshot.ts'
import type { Action } from '../../src/faces/whale/actions/action.ts'
import type { FaceTools } from '../../src/faces/face.ts'
import { createAdmission } from '../../src/faces/admission.ts'
import { parseAddressPolicy } from '../../src/wire/address.ts'
import { parseJsonObject } from '../../src/wire/json.ts'
import { testKeys } from '../support/keys.ts'

export const erpAppId = '2014072300007148'

type Fields = Record<string, unknown>
type Refusal = { code: string; field: string | undefined; message: string }

/** An ERP whose requests have come through the envelope already: its app, and what it asks of the back office. */
export async function openErp(core: Core) {
  const inbound = { publicKey: testKeys().bank.publicKeyPem }
  const settings = { isBackOffice: true }
  await addApp(core, { name: 'test', reason: undefined }, { face: 'whale', id: erpAppId, inbound, settings })
  const tools: FaceTools = {
    core,
    admission: createAdmission(core.hub),
    addresses: parseAddressPolicy({ allowedNetworks: [], isLoopbackAllowed: false }),
    publicUrl: () => 'http://127.0.0.1:8080',
    onAnswer: () => {},
  }
  let sent = 0
  const act = async (action: Action, fields: Fields, sign = `sign-${(sent += 1)}`): Promise<Fields> => {
    const at = core.hub.now()
    const app = core.setup.current().apps.get(pairKey('whale', erpAppId))!
    const nonce = makeNonceKey('whale', erpAppId, sign, 300)
    const caller = { app, no: makeNumber(0, at), deadline: new Date(at.getTime() + 60_000), at, nonce }
    return action.act(tools, caller, parseJsonObject(Buffer.from(JSON.stringify(fields))))
  }
  const refused = async (action: Action, fields: Fields, sign?: string): Promise<Refusal> => {
    try {
      await act(action, fields, sign)
    } catch (error) {
      const { code, field, message } = error as HubError
      return { code, field, message }
    }
    throw new Error(`${action.name} was taken: ${JSON.stringify(fields)}`)
  }
  return { act, refused }
}
