select concat('view ', table_schema, '.', table_name) as object
from information_schema.views
where definer = %(definer)s and table_schema in %(databases)s
union all
select concat(lower(routine_type), ' ', routine_schema, '.', routine_name)
from information_schema.routines
where definer = %(definer)s and routine_schema in %(databases)s
union all
select concat('trigger ', trigger_schema, '.', trigger_name)
from information_schema.triggers
where definer = %(definer)s and trigger_schema in %(databases)s
union all
select concat('event ', event_schema, '.', event_name)
from information_schema.events
where definer = %(definer)s and event_schema in %(databases)s
order by 1
