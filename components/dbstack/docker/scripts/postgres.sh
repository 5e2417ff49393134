#!/bin/sh
# dbstack: runs before the image's own entrypoint, at every start, as root. Messages are for whoever reads the log.
set -eu
folder=/etc/dbstack
say() { echo "dbstack: $*" >&2; }

found=$(postgres --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
if [ "$found" != "$DBSTACK_MAJOR" ]; then
    say "the image is PostgreSQL $found, and engineVersion says $DBSTACK_MAJOR: choose an image of $DBSTACK_MAJOR"
    exit 78
fi
for version in "$DBSTACK_VOLUME"/*/PG_VERSION "$DBSTACK_VOLUME"/*/docker/PG_VERSION "$DBSTACK_VOLUME"/PG_VERSION; do
    [ -s "$version" ] || continue
    had=$(cat "$version")
    if [ "$had" != "$found" ]; then
        say "the volume holds data of PostgreSQL $had, which PostgreSQL $found can't read: set engineVersion back to" \
            "$had, or dump the data there and load it into a new volume. Nothing was changed"
        exit 78
    fi
done
if [ -e "$DBSTACK_VOLUME/.dbstack-copying" ]; then
    say "these data were cut off while they were copied here, and are not whole: \`dbstack local restore\` puts a snapshot back"
    exit 78
fi
missing=""
for name in ${DBSTACK_EXTENSIONS:-} ${DBSTACK_LIBRARIES:-}; do
    # Where the image has no pg_config the server itself says what is missing.
    command -v pg_config > /dev/null || break
    [ -e "$(pg_config --sharedir)/extension/$name.control" ] || [ -e "$(pg_config --pkglibdir)/$name.so" ] \
        || missing="$missing $name"
done
if [ -n "$missing" ]; then
    say "the image has no extension$missing: name one that has in docker.image, or leave it out of extensions"
    exit 78
fi
# Only a look, before the container that runs has to make room.
if [ -n "${DBSTACK_PREFLIGHT:-}" ]; then exit 0; fi
mkdir -p "$PGDATA" /run/dbstack
chown postgres "$DBSTACK_VOLUME" "$PGDATA" /run/dbstack
# A clone has none.
if [ -d "${DBSTACK_ARCHIVE:-}" ]; then chown postgres "$DBSTACK_ARCHIVE"; fi

if [ -n "${DBSTACK_PRIMARY:-}" ]; then
    # Named in primary_conninfo, so that no password stands in the volume.
    umask 077
    printf '*:*:*:replicator:%s\n' "$(cat $folder/replication-password)" > /run/dbstack/pgpass
    chown postgres /run/dbstack/pgpass
    umask 022
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
        copy="$DBSTACK_VOLUME/copying"
        from="host=$DBSTACK_PRIMARY port=5432 user=replicator application_name=$DBSTACK_SLOT passfile=/run/dbstack/pgpass"
        from="$from sslmode=verify-full sslrootcert=$folder/ca.crt"
        base_backup() { rm -rf "$copy"; gosu postgres pg_basebackup -d "$from" -D "$copy" -X stream -R -c fast "$@" -S "$DBSTACK_SLOT"; }
        # Its slot on the primary is there already where the replica was made before.
        base_backup -C 2>/dev/null || base_backup
        rmdir "$PGDATA"
        mv "$copy" "$PGDATA"
    fi
    exec docker-entrypoint.sh "$@"
fi

quoted() { sed "s/'/''/g" "$1"; }
# What must hold on a new volume and on an old one: the passwords are those of this deployment. One statement a line,
# since the single-user mode takes no other.
role() { printf "DO \$\$BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%s') THEN CREATE ROLE %s WITH %s; END IF; END\$\$;\n" "$1" "$1" "$2"; }
no_login() { printf "DO \$\$BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '%s') THEN ALTER ROLE %s NOLOGIN; END IF; END\$\$;\n" "$1" "$1"; }
roles() {
    role replicator 'REPLICATION LOGIN'
    printf "ALTER ROLE replicator PASSWORD '%s';\n" "$(quoted $folder/replication-password)"
    printf "ALTER ROLE \"%s\" PASSWORD '%s';\n" "$POSTGRES_USER" "$(quoted $folder/password)"
    if [ -e $folder/exporter-password ]; then
        role dbstack_exporter LOGIN
        printf "ALTER ROLE dbstack_exporter LOGIN PASSWORD '%s';\nGRANT pg_monitor TO dbstack_exporter;\n" \
            "$(quoted $folder/exporter-password)"
        # The size of a table that is locked is waited for, and with it every reading.
        echo "ALTER ROLE dbstack_exporter SET lock_timeout = '1s';"
    else
        no_login dbstack_exporter
    fi
    if [ -e $folder/pgbouncer ]; then
        role dbstack_pgbouncer LOGIN
        echo "ALTER ROLE dbstack_pgbouncer LOGIN;"
    else
        no_login dbstack_pgbouncer
    fi
}
# By which the pooler learns a client's verifier; in each database, since it asks in the client's.
login_function() {
    cat << 'END'
CREATE SCHEMA IF NOT EXISTS dbstack;
CREATE OR REPLACE FUNCTION dbstack.login(INOUT name text, OUT password text) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS 'SELECT rolname::text, rolpassword FROM pg_authid WHERE rolname = $1 AND rolcanlogin AND (rolvaliduntil IS NULL OR rolvaliduntil > now())';
REVOKE ALL ON FUNCTION dbstack.login(text) FROM PUBLIC;
GRANT USAGE ON SCHEMA dbstack TO dbstack_pgbouncer;
GRANT EXECUTE ON FUNCTION dbstack.login(text) TO dbstack_pgbouncer;
END
}
# Without a listening server. With another level a logical slot would stop it, and without archiving it would remove WAL
# that isn't archived yet.
wal_level=replica archive_mode=off
for word in "$@"; do
    case "$word" in
    wal_level=*) wal_level=${word#*=} ;;
    archive_mode=*) archive_mode=${word#*=} ;;
    esac
done
alone() {
    gosu postgres postgres --single -D "$PGDATA" -c log_statement=none -c log_min_error_statement=panic \
        -c log_min_messages=error -c "wal_level=$wal_level" -c "archive_mode=$archive_mode" "$1"
}
create_extensions() {
    for name in "$@"; do printf 'CREATE EXTENSION IF NOT EXISTS "%s" CASCADE;\n' "$name"; done
}
# Those that the database lacks.
lacking() {
    had=$(echo "SELECT extname FROM pg_extension;" | alone "$POSTGRES_DB" | sed -n 's/.*extname = "\([^"]*\)".*/\1/p')
    for name in ${DBSTACK_EXTENSIONS:-}; do
        printf '%s\n' "$had" | grep -qxF -e "$name" || echo "$name"
    done
}
# In a server that nobody reaches from outside: some can only be made where their library is loaded.
add_extensions() {
    gosu postgres "$@" -c listen_addresses= &
    server=$!
    until pg_isready -q -U "$POSTGRES_USER"; do
        kill -0 "$server" || return 1
        sleep 0.1
    done
    failed=0
    # One word each.
    create_extensions $lacks | psql -v ON_ERROR_STOP=1 -1 -XqU "$POSTGRES_USER" -d "$POSTGRES_DB" || failed=1
    kill -INT "$server"
    wait "$server" || true
    return $failed
}
starting="$DBSTACK_VOLUME/dbstack.starting"
if [ -e "$starting" ]; then
    say "the first start of this volume was cut off or failed, so that nobody has used it yet: it begins anew"
    find "$PGDATA" -mindepth 1 -delete
fi
if [ -s "$PGDATA/PG_VERSION" ]; then
    # Nobody can connect with an old password in between.
    roles | alone postgres > /dev/null
    if [ -e $folder/pgbouncer ]; then
        for database in postgres template1 "$POSTGRES_DB"; do
            login_function | alone "$database" > /dev/null || say "the pooler does not reach the database $database"
        done
    fi
    if [ -n "${DBSTACK_EXTENSIONS:-}" ]; then
        lacks=$(lacking)
        if [ -n "$lacks" ] && ! add_extensions "$@"; then
            say "the database $POSTGRES_DB can't have an extension of these, see above:" $lacks
            exit 78
        fi
    fi
else
    touch "$starting"
    chown postgres "$starting"
    if [ -d /dbstack/init ]; then cp -R /dbstack/init/. /docker-entrypoint-initdb.d/; fi
    {
        roles
        if [ -e $folder/pgbouncer ]; then
            for database in postgres template1 "$POSTGRES_DB"; do
                printf '\\connect "%s"\n' "$database"
                login_function
            done
        fi
        printf '\\connect "%s"\n' "$POSTGRES_DB"
        create_extensions ${DBSTACK_EXTENSIONS:-}
    } > /docker-entrypoint-initdb.d/00-dbstack.sql
    echo "rm -f '$starting'" > /docker-entrypoint-initdb.d/zz-dbstack-done.sh
    chown -R postgres /docker-entrypoint-initdb.d
    chmod 0600 /docker-entrypoint-initdb.d/00-dbstack.sql
fi
described="$DBSTACK_VOLUME/dbstack.extensions"
for name in $(cat "$described" 2> /dev/null || true); do
    case " ${DBSTACK_EXTENSIONS:-} " in
    *" $name "*) ;;
    *) say "the extension $name is described no longer, and stays: a migration can drop it (drop extension \"$name\")" ;;
    esac
done
if [ -n "${DBSTACK_EXTENSIONS:-}" ] || [ -e "$described" ]; then echo "${DBSTACK_EXTENSIONS:-}" > "$described"; fi
exec docker-entrypoint.sh "$@"
