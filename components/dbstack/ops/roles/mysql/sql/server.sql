select version() as version, current_user() as me, database() as `database`,
    exists (
        select 1 from information_schema.plugins where plugin_name = %(plugin)s and plugin_status = 'ACTIVE'
    ) as has_iam
