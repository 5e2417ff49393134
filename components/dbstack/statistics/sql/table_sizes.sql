-- The largest tables, with what lies beside them.
select n.nspname as schema, c.relname as table,
       pg_total_relation_size(c.oid) as total_bytes,
       pg_relation_size(c.oid) as table_bytes,
       pg_indexes_size(c.oid) as index_bytes,
       greatest(c.reltuples, 0)::bigint as rows_estimate
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'
order by total_bytes desc
limit 20;
