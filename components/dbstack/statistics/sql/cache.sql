-- How many of the blocks that this database asked for were in shared buffers. What the operating system had is not told.
select round(100.0 * blks_hit / greatest(blks_hit + blks_read, 1), 2)::float as hit_percent,
       blks_hit + blks_read as blocks,
       deadlocks, temp_bytes,
       (extract(epoch from now() - coalesce(stats_reset, pg_postmaster_start_time())) / 86400)::int as days_counted
from pg_stat_database
where datname = current_database();
