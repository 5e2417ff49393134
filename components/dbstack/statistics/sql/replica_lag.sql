-- How far a replica is behind; 0 of a primary. One that has all that it was sent is not behind, unless nothing is sent any
-- more.
select case
         when not pg_is_in_recovery() then 0
         when exists (select from pg_stat_wal_receiver where status = 'streaming')
           and pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
         else extract(epoch from clock_timestamp()
                - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time()))
       end as lag_seconds;
