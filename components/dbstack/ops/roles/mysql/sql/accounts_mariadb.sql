select u.user as user, u.host as host,
    coalesce(json_value(g.priv, '$.account_locked'), '0') in ('1', 'true') as is_locked, u.plugin as plugin,
    u.ssl_type <> '' as needs_tls, u.super_priv = 'Y' or u.create_user_priv = 'Y' as is_admin,
    u.default_role as defaults
from mysql.user u
join mysql.global_priv g on g.user = u.user and g.host = u.host
where u.user in %(names)s
