import { expect, it } from 'vitest'
import { createBreakers } from '../../src/http-out/breakers.ts'
import type { ReadyToTell } from '../../src/telling/claims.ts'
import type { Attempt } from '../../src/telling/deliver.ts'
import { createSlots } from '../../src/telling/lines.ts'
import { createWaitingRoom } from '../../src/telling/waiting-room.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { openScene } from './partner.ts'

describeOnOneDatabase('While one app’s partners all hang', (database) => {
  it('what other apps are told for the first time begins at once, however much there is to tell', async () => {
    const scene = await openScene(database())
    const { order, code } = await scene.issue()
    await scene.redeem(code)
    const [row] = await scene.notifications(order)
    const readyFor = (appId: string, host: string): ReadyToTell => ({
      notification: {
        ...row!,
        appId,
        url: `https://${host}.example/`,
        claimId: crypto.randomUUID(),
        lostClaimUntil: null,
      },
      telling: new Error('it is not told here'),
      manualAttempts: 0,
    })
    const begun: string[] = []
    const putOff: string[] = []
    const hanging = new Promise<Attempt>(() => {})
    const room = createWaitingRoom({
      now: scene.clock.now,
      slots: createSlots({ total: 200, perOrigin: 50, reservedForFirstAttempts: 50 }),
      breakers: createBreakers(),
      perOrigin: 50,
      places: 400,
      patienceMilliseconds: 600_000,
      attempt: ({ notification }) => {
        begun.push(notification.appId)
        return hanging
      },
      onEnded: () => null,
      onPutOff: ({ notification }) => void putOff.push(notification.appId),
    })
    for (let claim = 0; claim < 15; claim += 1) {
      expect(room.room()).toBeGreaterThan(0)
      room.take(Array.from({ length: 100 }, (_, i) => readyFor('hangs', `host-${i}`)))
    }
    expect(begun.length).toBe(100)
    room.take([readyFor('another', 'well'), readyFor('third', 'well')])
    expect(begun.slice(100)).toEqual(['another', 'third'])
    expect(new Set(putOff)).toEqual(new Set(['hangs']))
    room.dismiss()
    await scene.close()
  })
})
