-- What a redemption took off, in fen: one number for till, channel, totals and proof. Null where it was decided before this
-- was kept: then the face value was booked.
alter table redemptions
  add column discount_fen bigint,
  add check (discount_fen between 0 and face_value_fen),
  add check (settle_amount_fen <= discount_fen);
