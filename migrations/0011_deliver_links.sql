-- Where a channel's pages send holders to learn their openid, and where they may be sent back to.
create table deliver_links (
  id text primary key,
  channel_id text not null references channels (id),
  -- The app at WeChat in whose name holders are asked, and its secret, encrypted.
  wechat_app_id text not null,
  wechat_secret bytea not null,
  -- Host names, with a port where it is not the usual one.
  hosts jsonb not null check (jsonb_typeof(hosts) = 'array' and jsonb_array_length(hosts) > 0),
  is_enabled boolean not null,
  created_at timestamptz not null
);
