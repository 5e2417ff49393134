"""Apply types of DB parameters, as DescribeEngineDefaultParameters tells them. Data only, of 2026-11.

Sources: PostgreSQL: pg_settings.context (`postmaster` is static), compared by a test with what a server tells, and
2026-11-26 with the table of the RDS User Guide, Appendix.PostgreSQL.CommonDBATasks.Parameters. MySQL: the manual of 8.4
("Dynamic: Yes"), compared 2026-11-26 with information_schema.SYSTEM_VARIABLES of MariaDB 10.11. Oracle and SQL Server:
their manuals, NOT compared with a server. TLS: mysql-ssl-connections.require-ssl, SQLServer.Concepts.General.SSL.Using.
What stands in neither list is set with `pending-reboot`, which AWS takes for
both kinds: so the lists need not be complete, and a parameter that AWS adds is no error.
What forces TLS is dynamic and yet in no list: AWS keeps `pending-reboot` for a value that is the family's default
anyway, and `immediate` would differ for ever (https://github.com/hashicorp/terraform-provider-aws/issues/23335).
"""

from collections.abc import Mapping


def _names(text: str) -> frozenset[str]:
    return frozenset(line.strip() for line in text.replace("\n", "|").split("|") if line.strip())


DYNAMIC: Mapping[str, frozenset[str]] = {
    "postgres": _names(
        """
autovacuum | autovacuum_analyze_scale_factor | autovacuum_analyze_threshold | autovacuum_naptime
autovacuum_vacuum_cost_delay | autovacuum_vacuum_cost_limit | autovacuum_vacuum_scale_factor
autovacuum_vacuum_threshold | checkpoint_completion_target | checkpoint_timeout | checkpoint_warning
deadlock_timeout | default_statistics_target | default_transaction_isolation | effective_cache_size
effective_io_concurrency | idle_in_transaction_session_timeout | lock_timeout
log_autovacuum_min_duration | log_checkpoints | log_connections | log_disconnections | log_duration
log_lock_waits | log_min_duration_statement | log_min_error_statement | log_min_messages
log_statement | log_temp_files | maintenance_work_mem | max_parallel_workers
max_parallel_workers_per_gather | max_standby_archive_delay | max_standby_streaming_delay
max_wal_size | min_wal_size | password_encryption | pgaudit.log | random_page_cost
rds.log_retention_period | search_path | seq_page_cost | statement_timeout | synchronous_commit
temp_buffers | timezone | vacuum_cost_limit | wal_compression | work_mem
"""
    ),
    "mysql": _names(
        """
character_set_server | collation_server | connect_timeout | event_scheduler | general_log
group_concat_max_len | innodb_lock_wait_timeout | innodb_print_all_deadlocks | interactive_timeout
join_buffer_size | local_infile | log_bin_trust_function_creators | log_output
log_queries_not_using_indexes | long_query_time | max_allowed_packet | max_connect_errors
max_connections | max_heap_table_size | net_read_timeout | net_write_timeout
slow_query_log | sort_buffer_size | sql_mode | sync_binlog
thread_cache_size | time_zone | tmp_table_size | transaction_isolation | wait_timeout
"""
    ),
    "oracle": _names(
        """
job_queue_processes | open_cursors
"""
    ),
    "sqlserver": _names(
        """
cost threshold for parallelism | max degree of parallelism | max server memory (mb)
optimize for ad hoc workloads
"""
    ),
}
# What is surely static: the sandbox refuses it with `immediate`, as AWS does.
STATIC: Mapping[str, frozenset[str]] = {
    "postgres": _names(
        """
autovacuum_freeze_max_age | autovacuum_max_workers | autovacuum_multixact_freeze_max_age | huge_pages
max_connections | max_files_per_process | max_locks_per_transaction | max_logical_replication_workers
max_pred_locks_per_transaction | max_prepared_transactions | max_replication_slots | max_wal_senders
max_worker_processes | pg_stat_statements.max | rds.logical_replication | shared_buffers
shared_preload_libraries | superuser_reserved_connections | track_activity_query_size
track_commit_timestamp | wal_buffers
"""
    ),
    "mysql": _names(
        """
back_log | ft_min_word_len | gtid-mode | innodb_buffer_pool_instances | innodb_ft_min_token_size
innodb_log_file_size | innodb_read_io_threads | innodb_write_io_threads | lower_case_table_names
performance_schema | skip_name_resolve
"""
    ),
    "oracle": _names(
        """
audit_trail | db_files | memory_max_target | processes | sessions | sga_max_size
"""
    ),
    "sqlserver": _names(
        """
rds.fips | rds.force_ssl | user connections
"""
    ),
}


# Static in MySQL alone: MariaDB 10.11 changes them while it runs.
_DYNAMIC_IN_MARIADB = frozenset({"innodb_log_file_size", "innodb_read_io_threads", "innodb_write_io_threads"})


def apply_method(engine: str, parameter: str) -> str:
    """How a parameter is set: at once where it is known to be dynamic, else at the next reboot."""
    return "immediate" if parameter.lower() in DYNAMIC[_family(engine)] else "pending-reboot"


def is_static(engine: str, parameter: str) -> bool:
    """Whether a parameter is known to be static."""
    if engine == "mariadb" and parameter.lower() in _DYNAMIC_IN_MARIADB:
        return False
    return parameter.lower() in STATIC[_family(engine)]


def _family(engine: str) -> str:
    first = engine.removeprefix("aurora-").partition("-")[0]
    return {"mariadb": "mysql", "postgresql": "postgres"}.get(first, first)
