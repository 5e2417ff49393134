-- Of a source, how far each replica is behind; of a replica, how far it is itself.
select coalesce(nullif(application_name, ''), client_addr::text, 'replica') as replica, state,
       coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::bigint as behind_bytes,
       coalesce(extract(epoch from replay_lag), 0)::float as behind_seconds
from pg_stat_replication
where not pg_is_in_recovery()
union all
select 'this database', 'replaying',
       coalesce(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), 0)::bigint,
       case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
            else coalesce(extract(epoch from now() - pg_last_xact_replay_timestamp()), 0) end::float
where pg_is_in_recovery();
