-- What an extension brought has the privileges that the extension gives.
select n.nspname, c.relname, format('%%I.%%I', n.nspname, c.relname),
    case when c.relkind = 'S' then 'sequence' else 'table' end,
    pg_get_userbyid(c.relowner), pg_has_role(c.relowner, 'USAGE'), coalesce(held.found, '[]')
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join lateral (
    select jsonb_agg(jsonb_build_array(g.rolname, x.privilege_type)) as found
    from aclexplode(c.relacl) x
    join pg_roles g on g.oid = x.grantee
    where g.rolname = any(%(groups)s) and x.grantee <> c.relowner
) held on true
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and (n.nspname = any(%(schemas)s) or held.found is not null)
    and not exists (
        select from pg_depend d
        where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 and d.deptype = 'e'
    )
order by 1, 2
