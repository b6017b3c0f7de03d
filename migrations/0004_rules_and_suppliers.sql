-- Set-up that an ERP writes over its own wire is kept as it was written, beside what the hub decides by: `written`.
-- Secrets are not in it.
alter table channels add column written jsonb;
alter table activities add column settings jsonb not null default '{}', add column written jsonb;
alter table templates add column settings jsonb not null default '{}', add column written jsonb;

-- Who makes codes for us. The codes that it gives are kept in a pool of its own.
create table suppliers (
  id text primary key,
  kind text not null,
  name text not null unique,
  source_id integer not null references code_sources (id),
  is_enabled boolean not null,
  settings jsonb not null,
  -- The secret ones of its settings, a JSON object encrypted.
  secrets bytea,
  written jsonb,
  created_at timestamptz not null
);
alter table templates add column supplier_id text references suppliers (id);

-- A pair of activity and template has a number of its own, by which channels order.
alter table activity_templates add column ticket_id bigint unique;
update activity_templates p set ticket_id = n.ticket_id
from (select activity_id, template_id, 9000000000 + row_number() over (order by activity_id, template_id) as ticket_id
  from activity_templates) n
where p.activity_id = n.activity_id and p.template_id = n.template_id;
alter table activity_templates alter column ticket_id set not null;

-- A rule as it was written, card numbers sealed; read by the rule engine whenever the set-up is read.
create table rules (
  id text primary key check (id ~ '^[1-9][0-9]{0,14}$'),
  subject_kind text not null,
  -- Empty: all of the kind.
  subject_id text not null,
  scene text not null,
  name text not null,
  written jsonb not null,
  is_enabled boolean not null,
  revision integer not null check (revision > 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (subject_kind, subject_id, scene, name)
);

-- What an order asked for besides: how long its coupons are valid, who bears them, whom to send a message.
alter table orders
  add column request_id text,
  add column remark text,
  add column mobile bytea,
  add column mobile_hash bytea,
  add column terms jsonb not null default '{}',
  add column supplier_id text,
  -- Where expiry is told, which not every wire has words for.
  add column expire_url text;
update orders set expire_url = redeem_url where redeem_url is not null;

-- The back office asks by the channel's number alone.
create index orders_by_external_no on orders (lane, external_no);

alter table redemptions
  -- What it took from counters, as [[key, amount], …], and what of it was given back.
  add column uses jsonb not null default '[]',
  add column uses_returned jsonb,
  -- When its coupon's supplier had its word; null where it was not asked.
  add column settled_at timestamptz,
  -- What the till said besides, and what rules made of it.
  add column detail jsonb not null default '{}',
  drop constraint redemptions_face_value_fen_check,
  add check (face_value_fen >= 0);

-- What a supplier is asked. The number is our reference there: it never changes for the same order or redemption.
create table supplier_requests (
  lane integer not null,
  no text not null,
  kind text not null check (kind in ('make', 'confirm')),
  supplier_id text not null,
  order_no text not null,
  redemption_no text,
  -- What the order took from counters, until its coupons carry it or it is given back.
  uses jsonb not null,
  -- unanswered: it was asked as often as it may be; an operator decides.
  state text not null check (state in ('due', 'unanswered', 'accepted', 'refused')),
  attempts integer not null check (attempts >= 0),
  due_at timestamptz,
  claim_id uuid,
  claimed_until timestamptz,
  last_answer text,
  created_at timestamptz not null,
  finished_at timestamptz,
  primary key (lane, no),
  check ((state = 'due') = (due_at is not null)),
  check ((state in ('accepted', 'refused')) = (finished_at is not null)),
  check ((claim_id is null) = (claimed_until is null)),
  check ((kind = 'confirm') = (redemption_no is not null))
);
create index supplier_requests_due on supplier_requests (lane, due_at) where state = 'due';
create index supplier_requests_open on supplier_requests (created_at) where state in ('due', 'unanswered');
create index supplier_requests_finished on supplier_requests (lane, finished_at) where finished_at is not null;
create index redemptions_settled on redemptions (lane, settled_at) where settled_at is not null;
create index supplier_requests_by_order on supplier_requests (lane, order_no);

alter table notifications
  drop constraint notifications_kind_check,
  add check (kind in ('issued', 'used', 'expired', 'reversed', 'supplier_used', 'changed', 'message'));

-- Why a command was accepted or refused: what was known, what each rule and limit said. An accepted one is here where a
-- rule was asked. `at` is the instant in the command's number, so that the number alone finds it.
create table decisions (
  at timestamptz not null,
  no text not null,
  verb text not null,
  is_accepted boolean not null,
  code text,
  message text,
  face text not null,
  app_id text not null,
  channel_id text,
  activity_id text,
  template_id text,
  external_no text,
  acceptor_id text,
  merchant_no text,
  shop_no text,
  amount_fen bigint,
  facts jsonb,
  trace jsonb not null,
  primary key (at, no)
) partition by range (at);
create table decisions_rest partition of decisions default;
create index decisions_refused on decisions (at) where not is_accepted;
