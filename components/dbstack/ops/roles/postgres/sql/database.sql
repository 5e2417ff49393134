select current_user::text, current_database()::text, current_setting('server_version_num')::integer,
    pg_has_role(d.datdba, 'USAGE'),
    exists (
        select from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) x
        left join pg_roles g on g.oid = x.grantee
        where x.privilege_type = 'CONNECT' and (x.grantee = 0 or g.rolname = %(read)s)
    )
from pg_database d
where d.datname = current_database()
