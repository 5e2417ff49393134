-- The settings that are compared with the description, and those that wait for a restart.
select name, setting, coalesce(unit, '') as unit, source, pending_restart
from pg_settings
where name = any(%(names)s) or pending_restart
order by name;
