-- Who waits for a lock, and whom for.
select waiting.pid, waiting.usename as username,
       extract(epoch from now() - waiting.state_change)::bigint as waiting_seconds,
       blocker.pid as blocked_by, blocker.usename as blocking_username, blocker.state as blocking_state,
       extract(epoch from now() - blocker.xact_start)::bigint as blocking_seconds,
       left(regexp_replace(waiting.query, '\s+', ' ', 'g'), 60) as query
from pg_stat_activity waiting
cross join lateral unnest(pg_blocking_pids(waiting.pid)) as held(pid)
join pg_stat_activity blocker on blocker.pid = held.pid
where waiting.wait_event_type = 'Lock'
order by waiting_seconds desc
limit 50;
