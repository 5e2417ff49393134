-- How long the oldest query and the oldest transaction have been running, and how many wait.
select coalesce(max(extract(epoch from clock_timestamp() - query_start)) filter (where state = 'active'), 0)
         as longest_seconds,
       coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0) as longest_transaction_seconds,
       count(*) filter (where state = 'active' and clock_timestamp() - query_start > interval '1 minute')
         as over_a_minute,
       count(*) filter (where wait_event_type = 'Lock') as waiting_for_a_lock
from pg_stat_activity
where backend_type = 'client backend' and pid <> pg_backend_pid();
