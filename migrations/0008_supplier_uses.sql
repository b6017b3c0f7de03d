-- Why an order failed, as a code of the hub's list of refusals, where its supplier said so clearly.
alter table orders
  add column failure_code text,
  add check (failure_code is null or state = 'failed');

alter table redemptions
  -- The supplier that told of a use which no till of ours asked for, and when it says that was.
  add column told_by text,
  add column used_at timestamptz,
  add check ((told_by is null) = (used_at is null));
-- The proof counts coupons that had counted as expired before their use was told.
create index redemptions_revived on redemptions (created_at) where told_by is not null and detail ? 'wasExpired';
create index redemptions_told on redemptions (lane, used_at) where told_by is not null;

alter table supplier_requests
  -- The coupon that a supplier is asked about.
  add column source_id integer,
  add column serial bigint,
  drop constraint supplier_requests_kind_check,
  add check (kind in ('make', 'confirm', 'look_up')),
  add check ((kind = 'look_up') = (source_id is not null and serial is not null));
-- Look-ups have an index of their own: a night in which a million coupons end must not stand before what holders wait for.
drop index supplier_requests_due;
create index supplier_requests_due on supplier_requests (lane, due_at) where state = 'due' and kind <> 'look_up';
create index supplier_requests_due_look_up on supplier_requests (lane, due_at) where state = 'due' and kind = 'look_up';

-- Whose turn it is at a supplier that must not be asked twice at once about the same, by the keyed hash of what that is.
create table supplier_turns (
  key_hash bytea primary key,
  claim_id uuid not null,
  claimed_until timestamptz not null
);
