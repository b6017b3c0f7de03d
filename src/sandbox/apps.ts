import { createPublicKey, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { outboundKey } from '../core/set-up/app-keys.ts'
import type { Core } from '../core/core.ts'
import type { Operator } from '../core/command/command.ts'
import { addApp, type AppInput } from '../core/back-office/apps.ts'
import { rotateInboundKey } from '../core/back-office/rotate-key.ts'
import { pairKey, type App } from '../core/set-up/snapshot.ts'

const makeKeyPair = promisify(generateKeyPair)
const overlapSeconds = 365 * 24 * 3600

/** A new RSA key for a partner of the sandbox, as PEM. */
export async function newPrivateKey(): Promise<string> {
  const { privateKey } = await makeKeyPair('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

export const publicHalf = (privateKeyPem: string): string =>
  createPublicKey(privateKeyPem).export({ type: 'spki', format: 'pem' }).toString()

const findApp = (core: Core, face: string, id: string): App | undefined =>
  core.setup.current().apps.get(pairKey(face, id))

type AppPlan = Omit<AppInput, 'name'> & { name?: string }

/**
 * Adds an app. Where it is there already, but the file with its client's key was lost, or another sandbox shares the
 * database, the client's key is taken beside those of before.
 */
export async function setUpApp(core: Core, operator: Operator, plan: AppPlan): Promise<void> {
  const { face, id, inbound } = plan
  const app = findApp(core, face, id)
  if (app === undefined) await addApp(core, operator, { name: `沙箱 ${id}`, ...plan })
  else if (!hasInbound(core, app, inbound)) {
    await rotateInboundKey(core, operator, { face, id, key: inbound, overlapSeconds })
  }
}

const hasInbound = (core: Core, app: App, { publicKey, secret }: AppInput['inbound']): boolean =>
  app.keys.some(
    (row) =>
      row.direction === 'inbound' &&
      (publicKey === undefined || row.publicKey === publicKey) &&
      (secret === undefined || (row.secret !== null && core.hub.keyring.decrypt(row.secret) === secret)),
  )

/** What the hub signs with towards an app, as PEM. */
export function platformPrivateKey(core: Core, face: string, id: string): string {
  const { privateKey } = outboundKey(findApp(core, face, id)!, core.hub.keyring, core.hub.now())
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
