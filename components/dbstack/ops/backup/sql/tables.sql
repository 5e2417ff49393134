-- Every table whose rows pg_dump writes: name, columns in alphabetical order, and their types where PostgreSQL's own.
select format('%I.%I', n.nspname, c.relname), coalesce(a.names, '{}'), coalesce(a.types, '{}')
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
cross join lateral (
    select array_agg(quote_ident(a.attname) order by a.attname collate "C") as names,
           array_agg(case t.typnamespace when 'pg_catalog'::regnamespace then t.typname::text else '' end
                     order by a.attname collate "C") as types
    from pg_attribute a join pg_type t on t.oid = a.atttypid
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
) a
where c.relkind = 'r' and c.relpersistence <> 't'
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (
      select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by 1
