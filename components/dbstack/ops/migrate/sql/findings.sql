-- What of the schema is likely a mistake: rule, object, what is wrong and what to do.
with mine as (
    select oid, nspname from pg_namespace
    where nspname !~ '^pg_' and nspname <> 'information_schema'
),
owned as (
    select classid, objid from pg_depend where deptype = 'e'
),
relations as (
    select c.*, format('%I.%I', n.nspname, c.relname) as name
    from pg_class c join mine n on n.oid = c.relnamespace
    where not c.relispartition
      and not exists (select from owned where classid = 'pg_class'::regclass and objid = c.oid)
),
named as (
    select 'schema' as kind, quote_ident(nspname) as name, nspname::text as own from mine
    union all
    select case relkind when 'i' then 'index' when 'I' then 'index' when 'v' then 'view' when 'm' then 'materialized view'
        when 'S' then 'sequence' else 'table' end, name, relname::text
    from relations where relkind in ('r', 'p', 'f', 'v', 'm', 'S', 'i', 'I')
    union all
    select 'column', r.name || '.' || quote_ident(a.attname), a.attname::text
    from relations r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    where r.relkind in ('r', 'p', 'f', 'v', 'm')
    union all
    select 'constraint', r.name || '.' || quote_ident(c.conname), c.conname::text
    from relations r join pg_constraint c on c.conrelid = r.oid
    union all
    select 'function', format('%I.%I', n.nspname, p.proname), p.proname::text
    from pg_proc p join mine n on n.oid = p.pronamespace
    where not exists (select from owned where classid = 'pg_proc'::regclass and objid = p.oid)
),
keys as (
    select c.oid, c.conrelid, c.conkey, r.name,
        (select string_agg(quote_ident(a.attname), ', ' order by k.position)
         from unnest(c.conkey) with ordinality as k (number, position)
         join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number) as columns
    from pg_constraint c join relations r on r.oid = c.conrelid
    where c.contype = 'f' and c.conparentid = 0
)
select 'naming', kind || ' ' || name, 'a name needs quotes everywhere unless it is lower case letters, digits and _'
from named where own !~ '^[a-z_][a-z0-9_]*$'
union all
select 'foreign key without index', name || ' (' || columns || ')',
    format('every delete and update of the table it refers to reads this one whole: create index concurrently on %s (%s)',
        name, columns)
from keys
where not exists (
    select from pg_index i
    where i.indrelid = keys.conrelid
      and i.indisvalid
      and (i.indkey::int2[])[0:cardinality(keys.conkey) - 1] @> keys.conkey
      -- A partial one serves if it leaves out only rows that refer to nothing.
      and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) = '(' || keys.columns || ' IS NOT NULL)')
)
union all
select 'no primary key', name, 'rows can''t be told apart, by logical replication neither: add one'
from relations
where relkind in ('r', 'p')
  and not exists (select from pg_constraint where conrelid = relations.oid and contype = 'p')
union all
select 'invalid index', i.relname::text || ' of ' || t.name,
    'an index that could not be built costs each write and serves no query: drop index concurrently, and build it anew'
from relations t join pg_index x on x.indrelid = t.oid join pg_class i on i.oid = x.indexrelid
where not x.indisvalid and t.relkind <> 'p'
  and not exists (select from pg_stat_progress_create_index p where p.index_relid = i.oid)
union all
select 'constraint not validated', r.name || '.' || quote_ident(c.conname),
    'rows from before may violate it: alter table ... validate constraint'
from relations r join pg_constraint c on c.conrelid = r.oid
where not c.convalidated
order by 1, 2
