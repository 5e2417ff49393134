select o.rolname, n.nspname, case d.defaclobjtype when 'S' then 'sequence' else 'table' end,
    coalesce(jsonb_agg(jsonb_build_array(g.rolname, x.privilege_type)), '[]')
from pg_default_acl d
join pg_roles o on o.oid = d.defaclrole
join pg_namespace n on n.oid = d.defaclnamespace
cross join lateral aclexplode(d.defaclacl) x
join pg_roles g on g.oid = x.grantee
where d.defaclobjtype in ('r', 'S') and g.rolname = any(%(groups)s) and o.rolname = any(%(owners)s)
group by 1, 2, 3
