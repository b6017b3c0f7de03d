-- Which supplier's codes an acceptor's tills redeem: by the channel type that they send, or by how a code looks.
create table routes (
  acceptor_id text not null references acceptors (id),
  channel_type text not null,
  supplier_id text not null references suppliers (id),
  -- How codes look that are taken for this supplier's where the till names no channel type; null: none is.
  code_pattern text,
  -- Whether tills may send what they scanned, which is longer than a code.
  takes_scanned boolean not null,
  is_enabled boolean not null,
  created_at timestamptz not null,
  primary key (acceptor_id, channel_type),
  check (channel_type ~ '^[0-9]{5}$')
);

-- What the supplier of a route calls a shop, where it has a name of its own for it.
create table route_shops (
  acceptor_id text not null,
  channel_type text not null,
  shop_no text not null,
  third_shop_no text not null,
  primary key (acceptor_id, channel_type, shop_no),
  foreign key (acceptor_id, channel_type) references routes (acceptor_id, channel_type),
  foreign key (acceptor_id, shop_no) references shops (acceptor_id, no)
);

-- Redemptions of codes that are not ours. A row is made before its supplier is asked, and is the queue by which it is
-- asked until it says yes or no. The lane follows from the code, so that one key finds whoever has to do with it.
create table foreign_redemptions (
  lane integer not null,
  no text not null,
  acceptor_id text not null,
  channel_type text not null,
  supplier_id text not null,
  merchant_no text not null,
  shop_no text not null,
  trace_no text,
  -- Encrypted, and by its keyed hash.
  code bytea not null,
  code_hash bytea not null,
  -- reversing: it is used, and the supplier is asked to take that back.
  state text not null check (state in ('pending', 'succeeded', 'failed', 'reversing', 'reversed')),
  -- Nobody else may use the code meanwhile: its redemption is under way, or used it up.
  is_holding boolean not null,
  amount_fen bigint check (amount_fen >= 0),
  real_amount_fen bigint check (real_amount_fen >= 0),
  -- What the supplier said of the code; null where it did not say.
  name text,
  face_value_fen bigint check (face_value_fen >= 0),
  settle_amount_fen bigint check (settle_amount_fen >= 0),
  uses_left integer check (uses_left >= 0),
  -- What the supplier gave us to keep for its next step, encrypted.
  memo bytea,
  -- When the supplier said that the code may be used: before, it was not asked to use it.
  prepared_at timestamptz,
  -- When somebody wanted it taken back.
  cancelled_at timestamptz,
  failure_code text,
  failure text,
  fingerprint bytea not null,
  attempts integer not null check (attempts >= 0),
  due_at timestamptz,
  claim_id uuid,
  claimed_until timestamptz,
  last_answer text,
  created_at timestamptz not null,
  -- When the supplier said whether the code was used.
  settled_at timestamptz,
  reversed_at timestamptz,
  primary key (lane, no),
  check (real_amount_fen <= amount_fen),
  check (state <> 'pending' or is_holding),
  check (state not in ('failed', 'reversed') or not is_holding),
  check ((state = 'reversed') = (reversed_at is not null)),
  check ((state = 'failed') = (failure_code is not null)),
  check (due_at is null or state in ('pending', 'reversing')),
  check ((claim_id is null) = (claimed_until is null)),
  check (claim_id is null or due_at is not null)
);
create unique index foreign_redemptions_holding on foreign_redemptions (lane, supplier_id, code_hash) where is_holding;
create index foreign_redemptions_by_code on foreign_redemptions (lane, code_hash, created_at);
create index foreign_redemptions_due on foreign_redemptions (lane, due_at) where due_at is not null;
create index foreign_redemptions_open on foreign_redemptions (created_at) where state in ('pending', 'reversing');
