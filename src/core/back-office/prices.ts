import { z } from 'zod'
import type { SetupWrite } from '../../db/set-up-writes.ts'
import { settlementPriceOf } from '../counters/balance.ts'
import type { Operator } from '../command/command.ts'
import { actOnSetup, type SetupCore } from './act.ts'
import { requireFaceTerms } from '../issue/offer.ts'
import { idField } from '../../read/fields.ts'
import { parseInput, requireFound } from './fields.ts'
import { pairKey } from '../set-up/snapshot.ts'

const priceSchema = z.strictObject({
  channelId: idField(),
  templateId: idField(),
  /** Fen; null: the face value, as where no price is set. */
  settlementPriceFen: z.int('must be whole fen').min(0, 'must be 0 or more').max(1_000_000_000_000).nullable(),
})
export type PriceInput = z.input<typeof priceSchema>

export type Price = { channelId: string; templateId: string; settlementPriceFen: number }

/** Sets what one coupon of a template costs a channel from now on. Orders keep the price at which they were accepted. */
export function setPrice(core: SetupCore, operator: Operator, input: PriceInput): Promise<Price> {
  const { channelId, templateId, settlementPriceFen } = parseInput(priceSchema, input)
  return actOnSetup(core, operator, {
    act: 'channel.price',
    subjectKind: 'channel',
    decide: (setup) => {
      requireFound(setup.channels.get(channelId), 'channel', channelId)
      const template = requireFound(setup.templates.get(templateId), 'template', templateId)
      requireFaceTerms(core.hub, setup, channelId, { templates: [template] })
      const before = setup.prices.get(pairKey(channelId, templateId)) ?? null
      const result = { channelId, templateId, settlementPriceFen: settlementPriceFen ?? template.faceValueFen }
      if (before === settlementPriceFen) return { isUnchanged: true, result }
      const change = { templateId, settlementPriceFen: settlementPriceOf(setup, channelId, template) }
      const writes = priceWrites({ channelId, templateId }, before, settlementPriceFen)
      return { subjectId: channelId, before: change, after: { ...change, ...result }, writes, result }
    },
  })
}

function priceWrites(key: { channelId: string; templateId: string }, before: number | null, after: number | null) {
  const table = 'channel_prices' as const
  const write: SetupWrite =
    after === null
      ? { table, delete: key }
      : before === null
        ? { table, insert: { ...key, settlementPriceFen: after } }
        : { table, update: { settlementPriceFen: after }, where: key }
  return [write]
}
