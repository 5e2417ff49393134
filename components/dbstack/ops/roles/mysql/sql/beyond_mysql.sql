-- A role holds nothing but what it has on whole databases: whatever else it has was granted by hand.
select user as user, host as host, '' as kind, '' as `database`, '' as name
from mysql.user
where user in %(names)s and 'Y' in (
    select_priv, insert_priv, update_priv, delete_priv, create_priv, drop_priv, reload_priv, shutdown_priv,
    process_priv, file_priv, grant_priv, references_priv, index_priv, alter_priv, show_db_priv, super_priv,
    create_tmp_table_priv, lock_tables_priv, execute_priv, repl_slave_priv, repl_client_priv, create_view_priv,
    show_view_priv, create_routine_priv, alter_routine_priv, create_user_priv, event_priv, trigger_priv,
    create_tablespace_priv, create_role_priv, drop_role_priv
)
union
select user, host, '', '', '' from mysql.global_grants where user in %(names)s
union
select user, host, 'table', db, table_name from mysql.tables_priv where user in %(names)s
union
select user, host, lower(routine_type), db, routine_name from mysql.procs_priv where user in %(names)s
