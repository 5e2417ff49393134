# dbstack: sees to it that all WAL of this moment is archived, with a commit after it. Runs as postgres in the database's
# container. Without that commit a moment after the last one would be taken for one that the archive doesn't reach.
set -eu
export LC_ALL=C
system=$(pg_controldata -D "$PGDATA" | sed -n 's/^Database system identifier: *//p')
last=$(psql -XAtq -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres << 'END'
SELECT '' WHERE pg_current_xact_id() IS NULL;
SELECT pg_walfile_name(pg_switch_wal());
END
)
left=600
while [ ! -e "$DBSTACK_ARCHIVE/$system/wal/$last.gz" ]; do
    left=$((left - 1))
    if [ "$left" -eq 0 ]; then
        echo "WAL $last is not archived after a minute: see the container's log" >&2
        exit 1
    fi
    sleep 0.1
done
