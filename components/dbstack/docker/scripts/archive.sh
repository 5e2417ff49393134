#!/bin/sh
# dbstack: PostgreSQL's archive_command. Keeps one file of WAL for good, or fails, so that the server tries again.
# https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-ARCHIVING-WAL
set -eu
path=$1
name=$2
# The end of a timeline that was left: no recovery reads it, and each that leaves there writes another.
case "$name" in *.partial) exit 0 ;; esac
# A database that was made anew has other WAL under the same names.
system=$(LC_ALL=C pg_controldata -D "$PGDATA" | sed -n 's/^Database system identifier: *//p')
[ -n "$system" ] || exit 1
folder="$DBSTACK_ARCHIVE/$system/wal"
kept="$folder/$name.gz"
part="$folder/$name.part"
mkdir -p "$folder"
if [ -e "$kept" ]; then
    # Kept already, and the server stopped before it knew.
    if gzip -dc "$kept" | cmp -s - "$path"; then exit 0; fi
    echo "dbstack: the archive has another $name already, and nothing is overwritten" >&2
    exit 1
fi
gzip -1c "$path" > "$part"
# Of the file alone where this sync can do that.
sync "$part" 2>/dev/null || sync
mv "$part" "$kept"
sync "$folder" 2>/dev/null || sync
