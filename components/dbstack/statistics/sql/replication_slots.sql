-- A slot that nobody reads keeps the write-ahead log until the volume is full.
select slot_name as slot, slot_type as type, active, coalesce(wal_status, '') as wal_status,
       coalesce(pg_wal_lsn_diff(
         case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, restart_lsn), 0
       )::bigint as kept_bytes
from pg_replication_slots
order by kept_bytes desc;
