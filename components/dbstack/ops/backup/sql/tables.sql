-- Every table whose rows pg_dump writes: name, columns in alphabetical order, and whether equal hashes of its values are
-- equal values. Of numeric and float they aren't (1.0 and 1.00, 0 and -0), of an enum the hash is that of a number which
-- a restored database has otherwise.
select format('%I.%I', n.nspname, c.relname),
    coalesce((
        select array_agg(quote_ident(a.attname) order by a.attname collate "C")
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    ), '{}'),
    coalesce((
        select bool_and(
            a.atttypid in (
                'int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'bool'::regtype, 'text'::regtype, 'varchar'::regtype,
                'bpchar'::regtype, 'date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype, 'uuid'::regtype,
                'bytea'::regtype)
            and coalesce(l.collisdeterministic, true))
        from pg_attribute a left join pg_collation l on l.oid = a.attcollation
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    ), false)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence <> 't'
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (
      select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by 1
