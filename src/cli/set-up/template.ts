import type { Command } from 'commander'
import { addTemplate, updateTemplate } from '../../core/back-office/templates.ts'
import { template } from '../../core/nouns/template.ts'
import type { Run } from '../run.ts'
import { stockFields } from './limit-lines.ts'
import { addActs } from './noun-acts.ts'
import { addReads } from './reads.ts'
import { addStock } from './stock-command.ts'
import { addSwitches } from './switches.ts'
import { templateReads } from './template-reads.ts'
import { addTermOptions, termsOf } from './template-terms.ts'

export function registerTemplate(program: Command, run: Run): void {
  const group = program.command('template').description('templates: what a coupon is worth, where and how long')
  addActs(group, run, template, {
    add: addTemplate,
    update: updateTemplate,
    addHelp: 'add a template (Lakala: its promotion_id, at most 32 characters)',
    updateHelp: 'change what is given; validity counts for new coupons only',
    next: (id) => ` Next: quanhub activity add-template ACTIVITY ${id}`,
    own: { addOptions: addTermOptions, input: termsOf },
  })
  addStock(group, run, 'template')
  addReads(group, run, templateReads, (context, row) => stockFields(context, 'template', row.id))
  addSwitches(group, run, 'template', '<id>')
}
