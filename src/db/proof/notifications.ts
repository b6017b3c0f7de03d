import type { Queryable } from '../client/client.ts'
import { madeInSlice, ofLanes, mostOddRows, type Limits, type OddRow, type ReadOdd } from './picture.ts'

/** Notifications of something that is not there. */
export const notificationCause: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select no as subject, 'what it tells of' as expected, 'nothing' as found
  ${ofLanes(sql, lanes)}, lateral (select * from notifications where ${madeInSlice(sql, slice)}) n
  where not case
    when kind in ('used', 'reversed', 'supplier_used')
      then exists (select from redemptions r where r.lane = n.lane and r.no = n.redemption_no)
    when kind in ('expired', 'voided')
      then exists (select from coupons c where c.lane = n.lane and c.source_id = n.source_id and c.serial = n.serial)
    when kind = 'message'
      then exists (select from orders o where o.lane = n.lane and o.no = n.order_no and o.mobile is not null)
    else exists (select from orders o where o.lane = n.lane and o.no = n.order_no) end
  limit ${mostOddRows}`

/** Deliveries of notifications that are not there. */
export const deliveryNotification: ReadOdd = (sql, { lanes }, { firstNo, endNo }) => sql<OddRow[]>`
  select distinct notification_no as subject, 'a notification' as expected, 'none' as found
  ${ofLanes(sql, lanes)}, lateral (select lane, notification_no from deliveries
    where lane = l and notification_no >= ${firstNo} and notification_no < ${endNo}) d
  where not exists (select from notifications n where n.lane = d.lane and n.no = d.notification_no)
  limit ${mostOddRows}`

/** Notifications that are delivered without an attempt that was accepted. */
export const deliveredOnce: ReadOdd = (sql, { lanes }, slice, { deliveriesSince }) => sql<OddRow[]>`
  select no as subject, 'a delivery that was accepted' as expected, 'none' as found
  ${ofLanes(sql, lanes)}, lateral (select lane, no from notifications
    where ${madeInSlice(sql, slice)} and state = 'delivered' and created_at >= ${deliveriesSince}) n
  where not exists (select from deliveries d
    where d.lane = n.lane and d.notification_no = n.no and d.outcome = 'delivered')
  limit ${mostOddRows}`

/** How many attempts a notification's own schedule has: some go to others than the face's partner. */
const schedules = (sql: Queryable, { schedules: all }: Limits) => sql`
  unnest(${all.map(({ kind }) => kind)}::text[], ${all.map(({ face }) => face)}::text[],
    ${all.map(({ most }) => most)}::int[]) as s (kind, face, most)`

// An attempt that a lost process may have made is known to nobody, and counts for no schedule.
/** Notifications that were tried more often than their schedule says. */
export const attemptsMade: ReadOdd = (sql, { lanes }, slice, limits) => sql<OddRow[]>`
  select no as subject, 'at most ' || most as expected, found::text
  ${ofLanes(sql, lanes)}, lateral (
    select n.no, s.most, (select count(*) from deliveries d
        where d.lane = n.lane and d.notification_no = n.no and not d.is_manual and d.outcome <> 'unknown') as found
    from (select * from notifications where ${madeInSlice(sql, slice)}) n
      join ${schedules(sql, limits)} on s.kind = n.kind and s.face = n.face) x
  where found > most limit ${mostOddRows}`

/** Notifications that were given up before their schedule was over. Attempts by hand are not its own. */
export const givenUpEarly: ReadOdd = (sql, { lanes }, slice, limits) => sql<OddRow[]>`
  select no as subject, most || ' attempts' as expected, found::text
  ${ofLanes(sql, lanes)}, lateral (
    select n.no, s.most, n.attempts - (select count(*) from deliveries d
        where d.lane = n.lane and d.notification_no = n.no and d.is_manual) as found
    from (select * from notifications where ${madeInSlice(sql, slice)} and state = 'given_up') n
      join ${schedules(sql, limits)} on s.kind = n.kind and s.face = n.face) x
  where found < most limit ${mostOddRows}`
