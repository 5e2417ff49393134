-- Connections of clients, beside how many the server takes at most.
select count(*) filter (where backend_type = 'client backend') as open,
       current_setting('max_connections')::int as most
from pg_stat_activity;
