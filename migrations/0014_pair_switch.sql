-- A pair of activity and template keeps its number for ever: it is switched off, and on again, instead of being removed.
-- The default is for programs of before, which still run while processes are replaced.
alter table activity_templates add column is_enabled boolean not null default true;
