import { z } from 'zod'
import { erpOperator } from '../../../core/back-office/erp/insert.ts'
import { createRule as createRuleInCore } from '../../../core/back-office/rules.ts'
import { readFields } from '../../fields.ts'
import type { Action } from './action.ts'
import { requestOf, success } from '../inserted.ts'
import { compactTime, optional, plainObject } from '../whale-fields.ts'

// Whale, 规则创建接口. The rule's own fields are read where rules are.
const schema = z.object({ updateTime: optional(compactTime) })

/** 创建规则: what it hangs on, its scene and its name say which rule it is. */
export const createRule: Action = {
  name: 'createRule',
  side: 'backOffice',
  act: async ({ core }, caller, fields) => {
    const { updateTime: updatedAt } = readFields(schema, fields)
    const { sceneWords } = caller.app.settings
    const input = { written: plainObject(fields), updatedAt, sceneWords }
    const { id } = await createRuleInCore(core, erpOperator(caller.app), input, requestOf(caller))
    return { ...success, ruleId: id }
  },
}
