-- Conventions, kept so that the same schema grows past one machine: every table that grows with traffic has its
-- distribution column first in its key (lane, or the key of the subject); no triggers; no foreign key leaves a
-- distribution key; times and numbers are given by the program, never by a default.

-- ---------------------------------------------------------------------------------------------------------------
-- Set-up: small tables that every process caches whole.

-- One row. Every change of a set-up table raises the version in the same transaction; every batch reads it.
create table setup_version (
  id smallint primary key check (id = 1),
  version bigint not null
);
insert into setup_version (id, version) values (1, 1);

-- Keys that encrypt, hash and make codes, each wrapped by the master key, which is never stored.
create table data_keys (
  id smallint primary key check (id > 0),
  purpose text not null check (purpose in ('encryption', 'hash', 'codes')),
  is_current boolean not null,
  wrapped bytea not null,
  created_at timestamptz not null
);

-- Where codes come from: a space of our own codes, or a pool of imported ones. A coupon is named by its source and
-- its serial there, so the code itself is nowhere in the clear.
create table code_sources (
  id integer primary key check (id > 0),
  kind text not null check (kind in ('space', 'pool')),
  name text not null unique,
  -- Of a space: its key is derived from the data key for codes and the id.
  alphabet text,
  length smallint,
  is_enabled boolean not null,
  created_at timestamptz not null,
  unique (alphabet, length),
  check ((kind = 'space') = (alphabet is not null and length is not null)),
  check ((alphabet is null) = (length is null))
);

create table channels (
  id text primary key,
  name text not null,
  is_enabled boolean not null,
  settings jsonb not null,
  created_at timestamptz not null
);

create table acceptors (
  id text primary key,
  name text not null,
  is_enabled boolean not null,
  settings jsonb not null,
  created_at timestamptz not null
);

-- An app is a credential of one face. It acts for channels (app_channels) or for one acceptor.
create table apps (
  face text not null,
  id text not null,
  name text not null,
  acceptor_id text references acceptors (id),
  is_enabled boolean not null,
  settings jsonb not null,
  created_at timestamptz not null,
  primary key (face, id)
);

create table app_channels (
  face text not null,
  app_id text not null,
  channel_id text not null references channels (id),
  primary key (face, app_id, channel_id),
  foreign key (face, app_id) references apps (face, id)
);

-- inbound: what the partner signs with (a public key, or a shared secret). outbound: what the hub signs with.
-- Several inbound keys may be valid at once; the outbound key is the one with the newest valid_from that has come.
create table app_keys (
  face text not null,
  app_id text not null,
  direction text not null check (direction in ('inbound', 'outbound')),
  no integer not null check (no > 0),
  serial_no text,
  public_key text,
  secret bytea,
  valid_from timestamptz not null,
  valid_until timestamptz,
  primary key (face, app_id, direction, no),
  foreign key (face, app_id) references apps (face, id),
  check (public_key is not null or secret is not null),
  check (valid_until is null or valid_from < valid_until)
);

create table merchants (
  acceptor_id text not null references acceptors (id),
  no text not null,
  name text not null,
  brand text,
  is_enabled boolean not null,
  created_at timestamptz not null,
  primary key (acceptor_id, no)
);

create table shops (
  acceptor_id text not null,
  no text not null,
  merchant_no text not null,
  name text not null,
  city_id text,
  is_enabled boolean not null,
  created_at timestamptz not null,
  primary key (acceptor_id, no),
  foreign key (acceptor_id, merchant_no) references merchants (acceptor_id, no)
);

create table activities (
  id text primary key,
  name text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  max_per_member integer check (max_per_member > 0),
  max_per_member_day integer check (max_per_member_day > 0),
  max_per_openid integer check (max_per_openid > 0),
  max_per_openid_day integer check (max_per_openid_day > 0),
  is_enabled boolean not null,
  created_at timestamptz not null,
  check (starts_at < ends_at)
);

create table templates (
  id text primary key,
  name text not null,
  source_id integer not null references code_sources (id),
  face_value_fen bigint not null check (face_value_fen > 0),
  min_order_fen bigint not null check (min_order_fen >= 0),
  merchant_benefit_fen bigint not null check (merchant_benefit_fen between 0 and face_value_fen),
  use_times integer not null check (use_times between 1 and 1000),
  valid_from timestamptz,
  valid_until timestamptz,
  valid_for_seconds bigint check (valid_for_seconds > 0),
  redeemable_at jsonb not null,
  is_stock_returned boolean not null,
  batch_no text not null,
  max_per_member integer check (max_per_member > 0),
  max_per_member_day integer check (max_per_member_day > 0),
  max_per_openid integer check (max_per_openid > 0),
  max_per_openid_day integer check (max_per_openid_day > 0),
  is_enabled boolean not null,
  created_at timestamptz not null,
  -- Either an absolute window, or a time that runs from the issue.
  check ((valid_for_seconds is null) = (valid_from is not null and valid_until is not null)),
  check (valid_from < valid_until)
);

create table activity_templates (
  activity_id text not null references activities (id),
  template_id text not null references templates (id),
  primary key (activity_id, template_id)
);

-- ---------------------------------------------------------------------------------------------------------------
-- Counters: stock, numbers handed out, limits per holder. The row is the lock that makes them exact across
-- processes, and the checks hold even against a program that is wrong. Distributed by key.
create table counters (
  -- Compared byte by byte, whatever the database's locale, so that a prefix is a range of the index.
  key text collate "C" primary key,
  used bigint not null check (used >= 0),
  max bigint check (max >= 0),
  ends_at timestamptz,
  check (max is null or used <= max)
);
create index counters_ended on counters (ends_at) where ends_at is not null;

-- ---------------------------------------------------------------------------------------------------------------
-- Traffic, distributed by lane.

create table orders (
  lane integer not null,
  no text not null,
  channel_id text not null,
  external_no text not null,
  face text not null,
  app_id text not null,
  activity_id text not null,
  template_id text not null,
  state text not null check (state in ('pending', 'succeeded', 'failed')),
  quantity integer not null check (quantity > 0),
  member_id text,
  openid bytea,
  openid_hash bytea,
  fingerprint bytea not null,
  issue_url text,
  redeem_url text,
  failure text,
  created_at timestamptz not null,
  finished_at timestamptz,
  primary key (lane, no),
  unique (lane, channel_id, external_no),
  check ((openid is null) = (openid_hash is null)),
  check ((state = 'pending') = (finished_at is null)),
  check ((state = 'failed') = (failure is not null))
);

create table coupons (
  lane integer not null,
  source_id integer not null,
  serial bigint not null check (serial >= 0),
  order_no text not null,
  channel_id text not null,
  activity_id text not null,
  template_id text not null,
  state text not null
    check (state in ('inactive', 'issued', 'frozen', 'redeeming', 'redeemed', 'voided', 'expired')),
  face_value_fen bigint not null check (face_value_fen > 0),
  use_times integer not null check (use_times > 0),
  uses_left integer not null check (uses_left between 0 and use_times),
  valid_from timestamptz not null,
  valid_until timestamptz not null,
  -- What this coupon took from counters, as [[key, amount], …], and what of it was given back when it was voided.
  uses jsonb not null,
  uses_returned jsonb,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  primary key (lane, source_id, serial),
  check (valid_from < valid_until),
  check ((state = 'redeemed') = (uses_left = 0)),
  check ((state = 'voided') = (uses_returned is not null))
);
create index coupons_by_order on coupons (lane, order_no);
create index coupons_voided on coupons (lane, changed_at) where state = 'voided';
create index coupons_ending on coupons (lane, valid_until) where state in ('inactive', 'issued', 'frozen');

create table redemptions (
  lane integer not null,
  no text not null,
  source_id integer not null,
  serial bigint not null,
  order_no text not null,
  channel_id text not null,
  activity_id text not null,
  template_id text not null,
  acceptor_id text not null,
  merchant_no text not null,
  shop_no text not null,
  trace_no text,
  state text not null check (state in ('pending', 'succeeded', 'failed', 'reversed')),
  amount_fen bigint check (amount_fen >= 0),
  real_amount_fen bigint check (real_amount_fen >= 0),
  face_value_fen bigint not null check (face_value_fen > 0),
  settle_amount_fen bigint not null check (settle_amount_fen between 0 and face_value_fen),
  fingerprint bytea not null,
  created_at timestamptz not null,
  reversed_at timestamptz,
  primary key (lane, no),
  check (real_amount_fen <= amount_fen),
  check ((state = 'reversed') = (reversed_at is not null))
);
create index redemptions_by_coupon on redemptions (lane, source_id, serial, created_at);
create index redemptions_reversed on redemptions (lane, reversed_at) where reversed_at is not null;

-- A till's own number, unique across lanes: the hash of (acceptor, number) finds the redemption that it names.
-- A cancel that came before what it cancels is kept here too, so that the late redemption is refused.
create table request_numbers (
  scope_hash bytea primary key,
  fingerprint bytea,
  lane integer,
  redemption_no text,
  cancelled_at timestamptz,
  created_at timestamptz not null,
  check ((redemption_no is null) = (cancelled_at is not null)),
  check ((redemption_no is null) = (lane is null)),
  check ((redemption_no is null) = (fingerprint is null))
);

-- Imported codes twice: by keyed hash to find one and to keep it unique across pools, and numbered within the pool
-- so that taking the next is a read by key.
create table imported_codes (
  code_hash bytea primary key,
  source_id integer not null,
  number bigint not null,
  lane integer
);
create table pool_codes (
  source_id integer not null,
  number bigint not null check (number >= 0),
  code_hash bytea not null,
  cipher bytea not null,
  primary key (source_id, number)
);

-- That someone must be told. It stores facts; body, time, nonce and signature are made anew at every attempt.
create table notifications (
  lane integer not null,
  no text not null,
  kind text not null check (kind in ('issued', 'used', 'expired', 'reversed')),
  face text not null,
  app_id text not null,
  channel_id text not null,
  order_no text not null,
  source_id integer,
  serial bigint,
  redemption_no text,
  url text not null,
  facts jsonb not null,
  state text not null check (state in ('due', 'delivered', 'given_up', 'withdrawn')),
  attempts integer not null check (attempts >= 0),
  due_at timestamptz,
  claim_id uuid,
  claimed_until timestamptz,
  created_at timestamptz not null,
  finished_at timestamptz,
  primary key (lane, no),
  check ((state = 'due') = (due_at is not null)),
  check ((state = 'due') = (finished_at is null)),
  check ((claim_id is null) = (claimed_until is null))
);
-- Expiries have an index of their own: a night in which a million coupons end must not stand before what happens at tills.
create index notifications_due on notifications (lane, due_at) where state = 'due' and kind <> 'expired';
create index notifications_due_expired on notifications (lane, due_at) where state = 'due' and kind = 'expired';
create index notifications_by_order on notifications (lane, order_no);
create index notifications_by_time on notifications (created_at);

-- One attempt to tell. Grows for ever: partitioned by time, pruned by dropping.
create table deliveries (
  lane integer not null,
  notification_no text not null,
  attempt integer not null check (attempt > 0),
  is_manual boolean not null,
  started_at timestamptz not null,
  duration_milliseconds integer not null check (duration_milliseconds >= 0),
  outcome text not null check (outcome in ('delivered', 'refused', 'failed', 'unknown')),
  http_status integer,
  answer text,
  error text,
  primary key (lane, notification_no, started_at, attempt)
) partition by range (started_at);
create table deliveries_rest partition of deliveries default;

-- Nonces already heard, in a ring of time slots of 15 minutes: an old slot is emptied by truncating its partition.
create table nonces (
  slot smallint not null,
  hash bytea not null,
  -- The command that brought it: a command that is run again after an unknown commit must not refuse itself.
  command_no text not null,
  primary key (slot, hash)
) partition by list (slot);
create table nonces_00 partition of nonces for values in (0);
create table nonces_01 partition of nonces for values in (1);
create table nonces_02 partition of nonces for values in (2);
create table nonces_03 partition of nonces for values in (3);
create table nonces_04 partition of nonces for values in (4);
create table nonces_05 partition of nonces for values in (5);
create table nonces_06 partition of nonces for values in (6);
create table nonces_07 partition of nonces for values in (7);
create table nonces_08 partition of nonces for values in (8);
create table nonces_09 partition of nonces for values in (9);
create table nonces_10 partition of nonces for values in (10);
create table nonces_11 partition of nonces for values in (11);
create table nonces_12 partition of nonces for values in (12);
create table nonces_13 partition of nonces for values in (13);
create table nonces_14 partition of nonces for values in (14);
create table nonces_15 partition of nonces for values in (15);

-- Kept by the batch itself, one row per batch and template, so that no page ever counts the big tables.
create table daily_totals (
  template_id text not null,
  day date not null,
  activity_id text not null,
  channel_id text not null,
  issued bigint not null,
  redeemed bigint not null,
  reversed bigint not null,
  voided bigint not null,
  expired bigint not null,
  issued_fen bigint not null,
  redeemed_fen bigint not null,
  reversed_fen bigint not null,
  primary key (template_id, day, activity_id, channel_id)
);

-- Every act of an operator.
create table audit (
  at timestamptz not null,
  id text not null,
  actor text not null,
  act text not null,
  subject_kind text not null,
  subject_id text not null,
  reason text,
  before jsonb,
  after jsonb,
  primary key (at, id)
) partition by range (at);
create table audit_rest partition of audit default;
create index audit_by_subject on audit (subject_kind, subject_id, at);

-- ---------------------------------------------------------------------------------------------------------------
-- How processes share the work: leases on ranges of lanes.
create table lane_leases (
  range_index smallint primary key,
  holder text,
  leased_until timestamptz
);
