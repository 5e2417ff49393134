-- Indexes that no query has used since the statistics began; those that enforce something are in use all the same. A
-- replica counts its own uses: look there too.
select s.schemaname as schema, s.relname as table, s.indexrelname as index,
       pg_relation_size(s.indexrelid) as bytes,
       (extract(epoch from now() - coalesce(d.stats_reset, pg_postmaster_start_time())) / 86400)::int as days_counted
from pg_stat_user_indexes s
join pg_index i on i.indexrelid = s.indexrelid
cross join (select stats_reset from pg_stat_database where datname = current_database()) d
where s.idx_scan = 0 and not i.indisunique and not i.indisprimary and i.indisvalid
  and not exists (select 1 from pg_constraint c where c.conindid = s.indexrelid)
order by bytes desc
limit 50;
