-- Transactions that have been open for a minute or longer, the oldest first. The text of a query may hold data, and
-- its beginning says enough.
select pid, usename as username, datname as database, state,
       extract(epoch from now() - xact_start)::bigint as transaction_seconds,
       extract(epoch from now() - state_change)::bigint as state_seconds,
       coalesce(wait_event_type || ': ' || wait_event, '') as waits_for,
       left(regexp_replace(query, '\s+', ' ', 'g'), 60) as query
from pg_stat_activity
where backend_type = 'client backend' and pid <> pg_backend_pid() and xact_start < now() - interval '1 minute'
order by xact_start
limit 50;
