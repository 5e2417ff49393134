# dbstack: takes a base backup into the archive of WAL, verifies it, and then lets go what no kept one needs.
# Runs as postgres in the database's container: sh -c ... NAME KEEP
set -eu
name=$1
keep=$2
export LC_ALL=C
system=$(pg_controldata -D "$PGDATA" | sed -n 's/^Database system identifier: *//p')
home="$DBSTACK_ARCHIVE/$system"
mkdir -p "$home/base" "$home/wal"
exec 9> "$home/lock"
if ! flock -n 9; then
    echo "another base backup of it is being made: wait for that one" >&2
    exit 1
fi
# What a killed one has left.
rm -rf "$home/base"/*.part
part="$home/base/$name.part"
mkdir "$part"
trap 'rm -rf "$part"' EXIT
pg_basebackup --no-password -U "$POSTGRES_USER" -D "$part/data" -X stream -c fast >&2
pg_verifybackup --quiet "$part/data" >&2
psql -XAtq -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres > "$part/finished" << 'END'
SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"');
END
sync
mv "$part" "$home/base/$name"
trap - EXIT
sync
echo "made $name $(du -sk "$home/base/$name" | cut -f 1)"
# The new one is good, and stays whatever a clock says.
for old in $(ls -1 "$home/base" | sort -r | tail -n "+$((keep + 1))"); do
    [ "$old" != "$name" ] || continue
    rm -rf "${home:?}/base/$old"
    echo "removed $old"
done
first=$(cat "$home/base"/*/data/backup_label | sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]*\)).*/\1/p' \
    | sort -k 1.9 | head -n 1)
if [ -n "$first" ]; then pg_archivecleanup -x .gz "$home/wal" "$first"; fi
