select rolname, rolcanlogin, rolinherit, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
    (select substr(setting, 6) from unnest(rolconfig) setting where setting like 'role=%%')
from pg_roles
where rolname = any(%(names)s)
    or oid in (select member from pg_auth_members join pg_roles r on r.oid = roleid where r.rolname = any(%(groups)s))
    or rolname = 'rds_iam'
