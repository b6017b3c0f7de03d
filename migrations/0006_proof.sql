-- The totals of one day are read by day, not by looking through all of them.
create index daily_totals_by_day on daily_totals (day);

-- The sums of closed days now name the counters of rules more closely, and count coupons that were given more time. The
-- next proof adds every day up anew.
delete from proof_days;
