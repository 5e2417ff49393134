-- Connections of clients by what they do, beside how many the server takes.
select coalesce(state, 'unknown') as state,
       count(*)::int as connections,
       coalesce(max(extract(epoch from now() - state_change)), 0)::bigint as longest_seconds,
       count(*) filter (where ssl.ssl is false and a.client_addr is not null)::int as without_tls,
       sum(count(*)) over ()::int as total,
       current_setting('max_connections')::int
         - current_setting('superuser_reserved_connections')::int as available
from pg_stat_activity a
left join pg_stat_ssl ssl using (pid)
where backend_type = 'client backend'
group by 1
order by connections desc;
