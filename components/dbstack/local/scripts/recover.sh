# dbstack: recovers data from WAL in a container of its own, which nobody reaches, and stops the server again.
# Runs as root: sh -c ... SYSTEM BASE TIME TIMELINE SERVER-COMMAND. Without SYSTEM and BASE it only begins a new timeline
# with the data that are there. Exit codes: 65 the base backup is damaged, 66 the server could not recover, 67 it is not sound.
set -eu
system=$1 base=$2 moment=$3 timeline=$4
shift 4
run=/run/dbstack
config="$run/postgresql.conf"
log="$run/log"
export LC_ALL=C
[ -n "$system" ] || system=$(pg_controldata -D "$PGDATA" | sed -n 's/^Database system identifier: *//p')
home="$DBSTACK_ARCHIVE/$system"
mkdir -p "$PGDATA" "$run"
chown postgres "$run"
as_postgres() { gosu postgres "$@"; }
served=all
if [ -n "$base" ]; then
    as_postgres pg_verifybackup --quiet "$home/base/$base/data" || exit 65
    cp -a "$home/base/$base/data/." "$PGDATA/"
else
    served=histories
fi
chown -R postgres "$DBSTACK_VOLUME"
chmod 0700 "$PGDATA"
as_postgres touch "$PGDATA/recovery.signal"
printf 'local all all trust\n' > "$run/hba"
# A file that is there and can't be read ends the recovery; one that isn't there is the end of the archive.
cat > "$run/fetch" << 'END'
file="$1/wal/$3.gz"
if [ "$2" = histories ]; then case "$3" in *.history) ;; *) exit 1 ;; esac; fi
[ -e "$file" ] || exit 1
gzip -dc "$file" > "$4" && exit 0
echo "dbstack: WAL $3 is damaged" >&2
exit 126
END
setting() { printf "%s = '%s'\n" "$1" "$(printf %s "$2" | sed "s/'/''/g")"; }
{
    setting include "$PGDATA/postgresql.conf"
    for word in "$@"; do
        case "$word" in *=*) setting "${word%%=*}" "${word#*=}" ;; esac
    done
    # Nobody connects but this script.
    setting hba_file "$run/hba"
    setting ssl off
    setting ssl_ca_file ''
    setting listen_addresses ''
    setting unix_socket_directories "$run"
    setting hot_standby off
    setting log_destination stderr
    setting logging_collector off
    setting lc_messages C
} > "$config"
chown postgres "$config" "$run/hba" "$run/fetch"
# What ALTER SYSTEM must not undo. Archiving is on, so that no WAL goes that isn't archived, and has no command, so that
# nothing gets into the archive from here.
options="-c config_file=$config -c archive_mode=on -c archive_command="
options="$options -c 'restore_command=sh $run/fetch $home $served %f %p' -c recovery_target_action=promote"
options="$options -c recovery_target_timeline=$timeline -c 'recovery_target_time=$moment'"
failed() { cat "$log" >&2; exit "$1"; }
as_postgres pg_ctl -s -w -D "$PGDATA" -l "$log" -o "$options" start > /dev/null 2>&1 || failed 66
# That it has started means that it recovers; it takes connections when that is over.
until as_postgres pg_isready -q -h "$run"; do
    as_postgres pg_ctl -s -D "$PGDATA" status > /dev/null || failed 66
    sleep 0.1
done
ask() { as_postgres psql -XAtq -v ON_ERROR_STOP=1 -h "$run" -U "$POSTGRES_USER" -d "$1" -c "$2"; }
sound() {
    [ "$(ask postgres 'SELECT pg_is_in_recovery()')" = f ] || return 1
    ask postgres 'SELECT datname FROM pg_database WHERE datallowconn' > "$run/databases" || return 1
    while IFS= read -r database; do
        ask "$database" 'SELECT count(*) FROM pg_class, pg_attribute WHERE attrelid = pg_class.oid' > /dev/null || return 1
    done < "$run/databases"
}
sound || failed 67
as_postgres pg_ctl -s -w -D "$PGDATA" -m fast stop
