import { z } from 'zod'
import { refuse } from '../../../core/command/errors.ts'
import { insertTemplate } from '../../../core/back-office/erp/template.ts'
import { given } from '../../../core/back-office/fields.ts'
import { codesSchema, ticketTypes } from '../../../core/nouns/template-terms.ts'
import type { AddressPolicy } from '../../../wire/address.ts'
import { readFields } from '../../fields.ts'
import type { Action } from './action.ts'
import { requestOf, tillTable } from '../inserted.ts'
import { templateConfig, validityOf, type TemplateConfig } from '../template-config.ts'
import { longId, name, oneOf, optional, required, twelveDigitFen, wholeNumber } from '../whale-fields.ts'
import { author, note, writing, writtenOf } from '../written-fields.ts'

// Whale, 新增券模板接口. The table calls sendType 券模板名称; it is how codes come: 1 接口, 2 批导.
const schemaOf = (addresses: AddressPolicy) =>
  z.object({
    templateName: required(name(200)),
    sendChannelId: required(longId),
    brandId: required(longId),
    productId: required(longId),
    ticketType: required(wholeNumber(1, ticketTypes.length)),
    faceValue: required(twelveDigitFen.refine((value) => value > 0, 'must be more than 0')),
    sendType: required(oneOf('1', '2')),
    remark: note,
    createUser: author,
    templateConfig: optional(templateConfig(addresses)),
    ...writing,
  })
type Asked = z.output<ReturnType<typeof schemaOf>>

/** 新增券模板: its id here is the ERP's product id. */
export const templateInsert: Action = {
  name: 'templateInsert',
  side: 'backOffice',
  act: async ({ core, addresses }, caller, fields) => {
    const asked = readFields(schemaOf(addresses), fields)
    const { templateConfig: config = {} } = asked
    const inserted = await insertTemplate(core, requestOf(caller), {
      ...writtenOf(asked, { faceValue: String(asked.faceValue).padStart(12, '0') }),
      id: String(asked.productId),
      name: asked.templateName,
      faceValueFen: asked.faceValue,
      minOrderFen: config.minOrder ?? 0,
      merchantBenefitFen: shareOf(config.merchantBenefit, asked),
      useTimes: config.useTimes ?? 1,
      validity: validityOf(config),
      redeemableAt: config.redeemableAt,
      brand: String(asked.brandId),
      batchNo: config.batchNo ?? '',
      stock: config.stock ?? null,
      settings: settingsOf(asked, config),
      supplierId: String(asked.sendChannelId),
      ...codesOf(asked, config),
    })
    return tillTable(inserted, { productId: asked.productId })
  },
}

function shareOf(merchantBenefit: number | undefined, { faceValue }: Asked): number {
  if (merchantBenefit === undefined || merchantBenefit <= faceValue) return merchantBenefit ?? 0
  const field = 'templateConfig.merchantBenefit'
  return refuse('bad_request', `${field}: the merchant bears at most the face value`, { field })
}

const settingsOf = (
  { ticketType }: Asked,
  { verifyNotifyURL, messageText, thirdProductId, print }: TemplateConfig,
) => ({
  ticketType: ticketTypes[ticketType - 1],
  ...given({ verifyNotifyUrl: verifyNotifyURL, messageText, thirdProductId, print }),
})

/** Codes of an imported pool, or of the shape that is named. Refuses to name both, and a pool that nothing is taken of. */
function codesOf({ sendType }: Asked, { pool, codes }: TemplateConfig) {
  if (sendType === '2') {
    requireAbsent(codes, 'codes', 'codes of a pool are as they were imported')
    if (pool !== undefined) return { pool }
    const field = 'templateConfig.pool'
    return refuse('bad_request', `${field}: is missing: where the imported codes of sendType 2 are`, { field })
  }
  requireAbsent(pool, 'pool', 'a pool is for sendType 2')
  if (codes === undefined) return {}
  const { alphabet, length } = codes
  return { codes: codesSchema.parse(given({ alphabet, length })) }
}

function requireAbsent(value: unknown, name: string, words: string): void {
  if (value === undefined) return
  const field = `templateConfig.${name}`
  refuse('bad_request', `${field}: ${words}`, { field })
}
