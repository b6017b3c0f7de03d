-- What the rows of closed days add up to, so that a proof does not read them again. Small: it grows with days, templates
-- and limits, not with traffic. To have a day summed anew, delete it from proof_days.
create table proof_days (
  day date primary key,
  summed_at timestamptz not null
);
-- `weight` adds up amount × a hash of the counter's key, where one subject stands for many counters.
create table proof_sums (
  day date not null references proof_days (day) on delete cascade,
  subject text not null,
  amount bigint not null,
  weight bigint not null,
  primary key (day, subject)
);

-- Expired coupons by the day on which they were found to be.
create index coupons_expired on coupons (lane, changed_at) where state = 'expired';
