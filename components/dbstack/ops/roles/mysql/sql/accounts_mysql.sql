select u.user as user, u.host as host, u.account_locked = 'Y' as is_locked, u.plugin as plugin,
    u.ssl_type <> '' as needs_tls, u.super_priv = 'Y' or u.create_user_priv = 'Y' as is_admin,
    (
        select group_concat(d.default_role_user) from mysql.default_roles d
        where d.user = u.user and d.host = u.host and d.default_role_host = '%%'
    ) as defaults
from mysql.user u
where u.user in %(names)s
