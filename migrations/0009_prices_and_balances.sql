-- What a channel is charged for one coupon of a template. Where there is no row it is the face value.
create table channel_prices (
  channel_id text not null references channels (id),
  template_id text not null references templates (id),
  settlement_price_fen bigint not null check (settlement_price_fen >= 0),
  primary key (channel_id, template_id)
);

-- What the whole order costs its channel, fixed when it was accepted. Orders of before have none.
alter table orders add column settlement_price_fen bigint check (settlement_price_fen >= 0);

-- What happened to prepaid balances, by double entry: each amount goes from one account of a channel to another. Rows are
-- only ever added, in the transaction that changes the balance, which is a counter: `balance:<channel>`, max what was paid
-- in, used what orders took. An order's entries lie in its lane, payments in that of their channel's id.
create table ledger_entries (
  lane integer not null,
  at timestamptz not null,
  -- The number of the command that did it; that of the order's own command where it failed.
  no text not null,
  reason text not null check (reason in ('paid_in', 'paid_out', 'ordered', 'failed', 'voided')),
  channel_id text not null,
  debit text not null check (debit in ('cash', 'prepaid', 'sales')),
  credit text not null check (credit in ('cash', 'prepaid', 'sales')),
  amount_fen bigint not null check (amount_fen > 0),
  order_no text,
  primary key (lane, at, no, reason),
  check ((order_no is null) = (reason in ('paid_in', 'paid_out'))),
  check (debit = case reason when 'paid_in' then 'cash' when 'paid_out' then 'prepaid' when 'ordered' then 'prepaid' else 'sales' end),
  check (credit = case reason when 'paid_out' then 'cash' when 'ordered' then 'sales' else 'prepaid' end)
);
create index ledger_entries_by_order on ledger_entries (lane, order_no) where order_no is not null;
