-- Whether WAL gets into its archive. While it doesn't it is kept beside the data, until that volume is full.
select archived_count, failed_count,
       coalesce(last_archived_wal, '') as last_archived_wal, coalesce(last_failed_wal, '') as last_failed_wal,
       coalesce(last_failed_time > coalesce(last_archived_time, 'epoch'), false) as failing
from pg_stat_archiver
where current_setting('archive_mode') <> 'off';
