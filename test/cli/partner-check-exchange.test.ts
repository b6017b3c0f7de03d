import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { checkExchangeHub } from '../../src/cli/partner/check-hub.ts'
import type { Finding } from '../../src/cli/partner/finding.ts'
import { identitySchemas, readIdentity } from '../../src/cli/partner/identity.ts'
import type { Core } from '../../src/core/core.ts'
import { raiseSetupVersion } from '../../src/db/set-up.ts'
import { createMetrics } from '../../src/metrics.ts'
import { addMerchant, merchant } from '../faces/exchange-partner.ts'
import { useDatabase } from '../support/database.ts'
import { testKeys } from '../support/keys.ts'
import { openTestHub } from '../support/world.ts'

const { bank, platform } = testKeys()
const block = {
  businessId: merchant.businessId,
  merchantId: merchant.merchantId,
  privateKeyPem: bank.privateKeyPem,
  platformPublicKeyPem: platform.publicKeyPem,
  md5Key: merchant.key,
}
const identity = identitySchemas.exchange.parse(block)
const clock =
  (seconds = 0) =>
  () =>
    new Date(Date.now() + seconds * 1000)
const wordsOf = (findings: Finding[]): string => findings.map(({ isGood, words }) => `${isGood} ${words}`).join('\n')

describe("partner check on Exchange's wire", () => {
  let core: Core
  let app: FastifyInstance
  let url: string
  beforeEach(async () => {
    const database = await useDatabase('embedded')
    core = (await openTestHub(database)).core
    await database.transaction(async (tx) => {
      await raiseSetupVersion(tx)
      await addMerchant(tx, core.hub.keyring)
    })
    await core.setup.refresh()
    app = buildApp({
      core,
      askWeChat: async () => undefined,
      metrics: createMetrics(),
      readiness: async () => undefined,
    })
    await app.listen({ host: '127.0.0.1', port: 0 })
    url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  })
  afterEach(() => app.close())

  it('finds nothing wrong where nothing is, by either type', async () => {
    const findings = await checkExchangeHub(url, identity, clock())
    expect(wordsOf(findings)).not.toContain('false')
    expect(findings).toHaveLength(6)
  })

  test.each([
    ['an unknown app', { businessId: 'NOBODY' }, 0, /does not know who asks[^]*The answer is not signed/],
    ['another private key', { privateKeyPem: platform.privateKeyPem }, 0, /holds another key for this app/],
    ['another MD5 key', { md5Key: 'another' }, 0, /holds another key for this app[^]*md5Key is not the key/],
    ['an old platform key', { platformPublicKeyPem: bank.publicKeyPem }, 0, /platformPublicKeyPem is not the key/],
    ['a type that the hub has no key for', { businessId: merchant.md5BusinessId }, 0, /no key of type SHA256-RSA/],
    ['a clock ahead', {}, 1_000, /clocks are too far apart/],
    ['another path', { infoPath: '/v1/openapi/order/query' }, 0, /speaks in no words of this wire/],
    ['what is no hub', { infoPath: '/healthz' }, 0, /speaks in no words of this wire/],
  ])('names %s', async (_, other, seconds, words) => {
    const findings = await checkExchangeHub(url, { ...identity, ...other }, clock(seconds))
    expect(wordsOf(findings)).toMatch(words)
    expect(findings.some(({ isGood }) => !isGood)).toBe(true)
  })

  it('goes by a file with a key of either type, and refuses one that has none', () => {
    const { privateKeyPem, md5Key, ...keyless } = block
    const read = (given: object) =>
      readIdentity(JSON.stringify(given), 'exchange', identitySchemas.exchange, 'merchant.json')
    expect(read({ url, exchange: block })).toEqual({ identity, url })
    expect(read({ ...keyless, md5Key }).identity.privateKeyPem).toBeUndefined()
    expect(read({ ...keyless, privateKeyPem }).identity.md5Key).toBeUndefined()
    expect(() => read(keyless)).toThrow('privateKeyPem: is missing, and so is md5Key')
  })
})
