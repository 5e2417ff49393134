select n.nspname, pg_get_userbyid(n.nspowner), pg_has_role(n.nspowner, 'USAGE'),
    (
        select coalesce(jsonb_agg(jsonb_build_array(coalesce(g.rolname, 'PUBLIC'), x.privilege_type)), '[]')
        from aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) x
        left join pg_roles g on g.oid = x.grantee
        where (g.rolname = any(%(groups)s) or x.grantee = 0) and x.grantee <> n.nspowner
    )
from pg_namespace n
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by 1
