-- That a coupon was voided is told to its channel.
alter table notifications
  drop constraint notifications_kind_check,
  add constraint notifications_kind_check
    check (kind in ('issued', 'used', 'expired', 'reversed', 'supplier_used', 'changed', 'message', 'voided'));
