-- How often indexes are used; the hundred largest.
select schemaname as schema, relname as table, indexrelname as index,
       pg_relation_size(indexrelid) as size_bytes, idx_scan as scans
from pg_stat_user_indexes
order by size_bytes desc
limit 100;
