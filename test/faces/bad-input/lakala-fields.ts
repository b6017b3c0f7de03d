import { lakalaPaths } from '../../../src/faces/lakala/index.ts'
import { world } from '../../support/world.ts'
import { issueFields } from '../partners.ts'
import { idCases, lakalaBad, sendRaw, type Case, type Scene } from './case.ts'

/** Lakala fields that are missing, too long, of a wrong type or of wrong characters. */
export function lakalaFieldCases(): Case[] {
  const issue = (name: string) => (value: unknown) => (scene: Scene) =>
    scene.partners.bank(lakalaPaths.issue, issueFields({ [name]: value }))
  const known = { owner_id: world.channelId, mer_order_id: 'KNOWN', activity_id: world.activityId }
  const query = (name: string) => (value: unknown) => (scene: Scene) =>
    scene.partners.bank(lakalaPaths.query, { ...known, [name]: value })
  const ofIssue = [
    ['member_id', 20],
    ['activity_id', 32],
    ['owner_id', 8],
    ['promotion_id', 32],
    ['channel_openid', 128],
    ['mer_order_id', 64],
    ['writeOffNotify', 256],
  ] as const
  const ofQuery = [
    ['owner_id', 8],
    ['mer_order_id', 64],
    ['activity_id', 32],
  ] as const
  const odd: [string, unknown, string][] = [
    ['member_id', '620000000', 'member_id: must have at least 10 characters'],
    ['member_id', 'AAA20015456', 'member_id: must begin with 62'],
    ['member_id', ['6200015456'], 'member_id: must be a string'],
    ['member_id', { a: 1 }, 'member_id: must be a string'],
    ...[
      'ftp://bank.example/x',
      'javascript:alert(1)',
      '//bank.example',
      'http://',
      'not a url',
      'http://user:secret@bank.example/',
    ].map((url): [string, unknown, string] => ['writeOffNotify', url, 'writeOffNotify: ']),
    ...['http://10.0.0.1/x', 'http://169.254.169.254/latest', 'http://[::ffff:10.0.0.1]/'].map(
      (url): [string, unknown, string] => ['postNotify', url, 'postNotify: '],
    ),
  ]
  return [
    ...ofIssue.flatMap(([name, longest]) => idCases(name, longest, true, lakalaBad, issue(name))),
    ...idCases('postNotify', 256, false, lakalaBad, issue('postNotify')),
    ...ofQuery.flatMap(([name, longest]) => idCases(name, longest, true, lakalaBad, query(name))),
    ...idCases('trade_no', 64, false, lakalaBad, query('trade_no')),
    ...odd.map(([name, value, why]): Case => ({
      title: `${name} ${String(value)}`,
      ask: issue(name)(value),
      hears: lakalaBad + why,
    })),
    {
      title: 'fields that stand in __proto__',
      ask: (scene) => sendRaw(scene, lakalaPaths.issue, `{"__proto__":${JSON.stringify(issueFields())}}`),
      hears: `${lakalaBad}member_id: is missing`,
    },
    ...['[]', 'null', '"x"', '1'].map((data): Case => ({
      title: `req_data ${data}`,
      ask: (scene) => sendRaw(scene, lakalaPaths.issue, `{"req_data":${data}}`),
      hears: `${lakalaBad}req_data`,
    })),
  ]
}
