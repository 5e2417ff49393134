-- Space that a table's rows, at the width that ANALYZE found, can't account for: an estimate, good to a fifth or so.
with facts as (
  select c.oid, n.nspname, c.relname, c.relpages, c.reltuples,
         current_setting('block_size')::numeric as block,
         coalesce((select substring(o from 'fillfactor=(\d+)')::numeric
                   from unnest(c.reloptions) o where o like 'fillfactor=%'), 100) as fill,
         (select sum((1 - s.null_frac) * s.avg_width) from pg_stats s
          where s.schemaname = n.nspname and s.tablename = c.relname) as width
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'm') and c.relpages > 128 and c.reltuples > 0
    and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'
), needed as (
  -- 24 bytes of header and 4 of line pointer a row, rounded up to 8; 24 bytes of header a page.
  select *, ceil(reltuples * (ceil((width + 24) / 8.0) * 8 + 4) / ((block - 24) * fill / 100)) as pages
  from facts where width is not null
)
select nspname as schema, relname as table,
       ((relpages - pages) * block)::bigint as wasted_bytes,
       round(100 * (relpages - pages) / relpages)::int as wasted_percent,
       (relpages * block)::bigint as table_bytes
from needed
where relpages > pages
order by wasted_bytes desc
limit 20;
