-- Operators look for what a holder has: by member number, or by the keyed hash of an openid. Both indexes cost each
-- order that names a holder one entry more; orders that name none cost nothing. Neither starts with the lane, since a
-- holder's orders lie in all of them: grown past one machine, such a search asks every shard, which is what a person
-- who answers a complaint may do and no request ever does.
create index orders_by_member on orders (member_id, created_at) where member_id is not null;
create index orders_by_openid on orders (openid_hash, created_at) where openid_hash is not null;
