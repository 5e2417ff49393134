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
mkdir -p "$PGDATA" /run/dbstack
chown postgres "$DBSTACK_VOLUME" "$PGDATA" /run/dbstack

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
# What must hold on a new volume and on an old one: the passwords are those of this deployment.
replicator="CREATE ROLE replicator WITH REPLICATION LOGIN"
passwords() {
    printf "ALTER ROLE replicator PASSWORD '%s';\n" "$(quoted $folder/replication-password)"
    printf "ALTER ROLE \"%s\" PASSWORD '%s';\n" "$POSTGRES_USER" "$(quoted $folder/password)"
}
starting="$DBSTACK_VOLUME/dbstack.starting"
if [ -e "$starting" ]; then
    say "the first start of this volume was cut off or failed, so that nobody has used it yet: it begins anew"
    find "$PGDATA" -mindepth 1 -delete
fi
if [ -s "$PGDATA/PG_VERSION" ]; then
    # Without a listening server: nobody can connect with an old password in between.
    {
        printf "DO \$\$BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'replicator') THEN %s; END IF; END\$\$;\n" "$replicator"
        passwords
    } | gosu postgres postgres --single -D "$PGDATA" -c log_statement=none -c log_min_error_statement=panic \
        -c log_min_messages=error postgres > /dev/null
else
    touch "$starting"
    chown postgres "$starting"
    if [ -d /dbstack/init ]; then cp -R /dbstack/init/. /docker-entrypoint-initdb.d/; fi
    { echo "$replicator;"; passwords; } > /docker-entrypoint-initdb.d/00-dbstack.sql
    echo "rm -f '$starting'" > /docker-entrypoint-initdb.d/zz-dbstack-done.sh
    chown -R postgres /docker-entrypoint-initdb.d
    chmod 0600 /docker-entrypoint-initdb.d/00-dbstack.sql
fi
exec docker-entrypoint.sh "$@"
