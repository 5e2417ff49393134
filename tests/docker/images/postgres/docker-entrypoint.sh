#!/bin/bash
# What the official image's entrypoint promises, written anew for tests: POSTGRES_USER, _PASSWORD and _DB (each also as
# _FILE), POSTGRES_INITDB_ARGS, POSTGRES_HOST_AUTH_METHOD, /docker-entrypoint-initdb.d. The first start listens on the
# socket only.
set -euo pipefail

from_file() {
    local name=$1 file="${1}_FILE"
    if [ -n "${!file:-}" ]; then export "$name=$(cat "${!file}")"; fi
    unset "$file"
}

if [ "${1:0:1}" = - ]; then set -- postgres "$@"; fi
if [ "${1:-}" != postgres ]; then exec "$@"; fi
mkdir -p "$PGDATA"
chmod 700 "$PGDATA"
if [ "$(id -u)" = 0 ]; then
    find "$PGDATA" ! -user postgres -exec chown postgres '{}' +
    exec gosu postgres "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    from_file POSTGRES_PASSWORD
    from_file POSTGRES_USER
    from_file POSTGRES_DB
    user=${POSTGRES_USER:-postgres}
    database=${POSTGRES_DB:-$user}
    if [ -z "${POSTGRES_PASSWORD:-}" ]; then
        echo "Error: Database is uninitialized and superuser password is not specified." >&2
        exit 1
    fi
    eval "initdb --username='$user' --pwfile=<(printf '%s\n' \"\$POSTGRES_PASSWORD\") ${POSTGRES_INITDB_ARGS:-} >/dev/null"
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >> "$PGDATA/pg_hba.conf"
    options=""
    if [ "$#" -gt 1 ]; then options=$(printf '%q ' "${@:2}"); fi
    pg_ctl -D "$PGDATA" -w -o "$options -c listen_addresses=''" start >/dev/null
    export PGPASSWORD=$POSTGRES_PASSWORD
    sql() { psql -v ON_ERROR_STOP=1 --username "$user" --no-password --no-psqlrc --quiet "$@"; }
    if [ "$database" != postgres ]; then
        echo 'CREATE DATABASE :"db"' | sql --dbname postgres --set db="$database"
    fi
    for file in /docker-entrypoint-initdb.d/*; do
        case "$file" in
        *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
        *.sql) sql --dbname "$database" -f "$file" ;;
        *.sql.gz) gunzip -c "$file" | sql --dbname "$database" ;;
        esac
    done
    pg_ctl -D "$PGDATA" -m fast -w stop >/dev/null
    unset PGPASSWORD
    echo "PostgreSQL init process complete; ready for start up."
fi
exec "$@"
