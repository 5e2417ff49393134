-- How tables are read, and what vacuum has to do there; the hundred largest.
select schemaname as schema, relname as table, n_live_tup as live_rows, n_dead_tup as dead_rows,
       seq_scan as sequential_scans, coalesce(idx_scan, 0) as index_scans
from pg_stat_user_tables
order by pg_total_relation_size(relid) desc
limit 100;
