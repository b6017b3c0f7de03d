import { startDouyin, type Douyin } from '../../simulators/douyin.ts'
import { startMeituan } from '../../simulators/meituan.ts'
import type { RedeemServer } from '../../simulators/redeem-server.ts'
import type { Core } from '../core/core.ts'
import type { Operator } from '../core/command/command.ts'
import { addRoute } from '../core/back-office/routes.ts'
import { pairKey } from '../core/set-up/snapshot.ts'
import { addSupplier, updateSupplier } from '../core/back-office/suppliers.ts'
import type { KnownSandboxFile, SandboxFile } from './file.ts'

type At = { host: string; port: number }

/** The suppliers whose own codes the sandbox's tills redeem, and our credentials there. */
type SandboxRoutes = { douyin: Douyin; meituan: RedeemServer }

const douyinApp = { clientKey: 'awx0123456789', clientSecret: 'a-secret-of-the-sandbox-at-douyin' }
const meituanApp = { developerId: '100123', signKey: 'sandbox-sign-key', appAuthToken: 'sandbox-app-auth-token' }

export const startSandboxDouyin = (at: At): Promise<Douyin> => startDouyin({ ...at, ...douyinApp })
export const startSandboxMeituan = (at: At): Promise<RedeemServer> => startMeituan({ ...at, ...meituanApp })

/** Lets an acceptor's tills redeem codes of Douyin and Meituan, and has each of them know one, at every start the same. */
export async function setUpRoutes(
  core: Core,
  operator: Operator,
  acceptorId: string,
  known: KnownSandboxFile['routes'],
  { douyin, meituan }: SandboxRoutes,
): Promise<SandboxFile['routes']> {
  const suppliers = [
    {
      channelType: '10003',
      id: '10000300',
      kind: 'douyin',
      name: '沙箱抖音',
      settings: { ...douyinApp, baseURL: douyin.url, linkURL: douyin.url, poiId: '7000000000000000001' },
    },
    {
      channelType: '10004',
      id: '10000400',
      kind: 'meituan',
      name: '沙箱美团',
      settings: { ...meituanApp, baseURL: meituan.url },
    },
  ]
  for (const { channelType, ...supplier } of suppliers) {
    const { id, settings } = supplier
    const row = core.setup.current().suppliers.get(id)
    if (row === undefined) await addSupplier(core, operator, supplier)
    // The simulator listens where it found a port: the supplier's address follows it.
    else if (row.settings['baseURL'] !== settings.baseURL) await updateSupplier(core, operator, { id, settings })
    if (core.setup.current().routes.has(pairKey(acceptorId, channelType))) continue
    await addRoute(core, operator, { acceptorId, channelType, supplierId: id, takesScanned: true })
  }
  const douyinCode = douyin.addCode('unused', known?.douyinCode)
  return { douyinCode, meituanCode: meituan.addCode('unused', known?.meituanCode) }
}
