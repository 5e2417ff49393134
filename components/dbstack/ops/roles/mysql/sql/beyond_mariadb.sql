-- A role holds nothing but what it has on whole databases: whatever else it has was granted by hand.
select user as user, host as host, '' as kind, '' as `database`, '' as name
from mysql.global_priv
where user in %(names)s and coalesce(json_value(priv, '$.access'), 0) <> 0
union
select user, host, 'table', db, table_name from mysql.tables_priv where user in %(names)s
union
select user, host, lower(routine_type), db, routine_name from mysql.procs_priv where user in %(names)s
