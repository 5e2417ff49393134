-- Left by a CREATE INDEX CONCURRENTLY that failed: written at every change, used by no query.
select n.nspname as schema, t.relname as table, c.relname as index, pg_relation_size(c.oid) as bytes
from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_class t on t.oid = i.indrelid
join pg_namespace n on n.oid = t.relnamespace
where not i.indisvalid
  and not exists (select 1 from pg_stat_progress_create_index p where p.index_relid = i.indexrelid)
order by bytes desc
limit 50;
