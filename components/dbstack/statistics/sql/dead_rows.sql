-- Tables that vacuum has left behind: more dead rows than a fifth of the living, and more than ten thousand.
select schemaname as schema, relname as table, n_dead_tup as dead_rows, n_live_tup as live_rows,
       round(100.0 * n_dead_tup / greatest(n_live_tup + n_dead_tup, 1))::int as dead_percent,
       coalesce(greatest(last_vacuum, last_autovacuum)::text, 'never') as last_vacuum
from pg_stat_user_tables
where n_dead_tup > 10000 and n_dead_tup > n_live_tup / 5.0
order by n_dead_tup desc
limit 20;
