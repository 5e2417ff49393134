-- Of a source, how far each replica is behind; of a replica, how far it is itself. One that has all that it was sent is
-- not behind, unless nothing is sent any more. Who is no member of pg_monitor doesn't see what its receiver does.
select coalesce(nullif(application_name, ''), client_addr::text, 'replica') as replica, state,
       coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::bigint as behind_bytes,
       coalesce(extract(epoch from replay_lag), 0)::float as behind_seconds
from pg_stat_replication
where not pg_is_in_recovery()
union all
select 'this database', case when receiving then 'replaying' else 'receives nothing' end,
       coalesce(greatest(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), 0), 0)::bigint,
       case when receiving and pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
            else extract(epoch from now() - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time()))
       end::float
from (select exists (select from pg_stat_wal_receiver where coalesce(status, 'streaming') = 'streaming')) as r (receiving)
where pg_is_in_recovery();
