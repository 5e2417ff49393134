#!/bin/sh
# dbstack: runs before the image's own entrypoint, at every start, as root. MySQL and MariaDB.
set -eu
folder=/etc/dbstack
say() { echo "dbstack: $*" >&2; }
server=$1

found=$("$server" --version | sed 's/.*Ver \([0-9]*\.[0-9]*\).*/\1/')
case "$found" in
"$DBSTACK_MAJOR" | "$DBSTACK_MAJOR".*) ;;
*)
    say "the image is $server $found, and engineVersion says $DBSTACK_MAJOR: choose an image of $DBSTACK_MAJOR"
    exit 78
    ;;
esac
if [ -e "$DBSTACK_VOLUME/.dbstack-version" ] && [ "$(cat "$DBSTACK_VOLUME/.dbstack-version")" != "$DBSTACK_MAJOR" ]; then
    say "the volume holds data of $(cat "$DBSTACK_VOLUME/.dbstack-version"), and this is $DBSTACK_MAJOR: set engineVersion" \
        "back, or dump the data there and load it into a new volume. Nothing was changed"
    exit 78
fi
if [ -e "$DBSTACK_VOLUME/.dbstack-copying" ]; then
    say "these data were cut off while they were copied here, and are not whole: \`dbstack local restore\` puts a snapshot back"
    exit 78
fi
# Only a look, before the container that runs has to make room.
if [ -n "${DBSTACK_PREFLIGHT:-}" ]; then exit 0; fi
quoted() { sed "s/\\\\/\\\\\\\\/g; s/'/''/g" "$1"; }
mkdir -p /run/dbstack
starting="$DBSTACK_VOLUME/.dbstack-starting"
if [ -e "$starting" ]; then
    say "the first start of this volume was cut off or failed, so that nobody has used it yet: it begins anew"
    find "$DBSTACK_VOLUME" -mindepth 1 -delete
fi
# What a replica copies and follows by. Not in the log: each server has it from its own start.
replicator() {
    printf "CREATE USER IF NOT EXISTS 'replicator'@'%%' REQUIRE SSL;\n"
    printf "ALTER USER 'replicator'@'%%' IDENTIFIED BY '%s';\n" "$(quoted $folder/replication-password)"
    echo "GRANT REPLICATION SLAVE, SELECT, RELOAD, SHOW VIEW, EVENT, TRIGGER, LOCK TABLES, PROCESS, BINLOG MONITOR ON *.* TO 'replicator'@'%';"
    # Else it could write to a replica, which RDS's master user can't.
    printf "REVOKE SUPER, READ_ONLY ADMIN ON *.* FROM '%s'@'%%';\n" "$DBSTACK_USER"
}
follow() {
    printf "CHANGE MASTER TO MASTER_HOST='%s', MASTER_PORT=3306, MASTER_USER='replicator', MASTER_PASSWORD='%s', " \
        "$DBSTACK_PRIMARY" "$(quoted $folder/replication-password)"
    echo "MASTER_SSL=1, MASTER_SSL_CA='$folder/ca.crt', MASTER_SSL_VERIFY_SERVER_CERT=1, MASTER_CONNECT_RETRY=2, MASTER_USE_GTID=slave_pos;"
}
passwords=/run/dbstack/passwords.sql
if [ -d "$DBSTACK_VOLUME/mysql" ]; then
    # Run by the server before it listens: an old volume gets this deployment's password.
    {
        echo "SET sql_log_bin = 0;"
        for user in "'root'@'localhost'" "'root'@'%'" "'$DBSTACK_USER'@'%'"; do
            printf "ALTER USER IF EXISTS %s IDENTIFIED BY '%s';\n" "$user" "$(quoted $folder/password)"
        done
        if [ -e $folder/replication-password ]; then replicator; fi
        if [ -n "${DBSTACK_PRIMARY:-}" ]; then
            echo "STOP SLAVE;"
            follow
            echo "START SLAVE;"
        fi
    } > $passwords
else
    # The image's entrypoint sets the passwords itself, and relies on there being none before.
    echo 'SELECT 1;' > $passwords
    touch "$starting"
    if [ -n "${DBSTACK_PRIMARY:-}" ]; then
        follow > /run/dbstack/follow.sql
        chmod 0400 /run/dbstack/follow.sql
        cat > /docker-entrypoint-initdb.d/00-dbstack-copy.sh << 'END'
# The image's entrypoint reads this into itself: so nothing of it may stay there.
(
    set -euo pipefail
    from="-h $DBSTACK_PRIMARY -u replicator --ssl-ca=/etc/dbstack/ca.crt --ssl-verify-server-cert"
    MYSQL_PWD=$(cat /etc/dbstack/replication-password)
    export MYSQL_PWD
    own="'mysql', 'information_schema', 'performance_schema', 'sys'"
    all="SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN ($own)"
    databases=$(mariadb $from -Ne "$all")
    # Half a copy is none.
    (
        mariadb-dump $from --single-transaction --gtid --master-data=1 --routines --events --triggers \
            --system=users --insert-ignore --databases $databases || echo "THE COPY FAILED;"
        cat /run/dbstack/follow.sql
    ) | MYSQL_PWD=$(cat /etc/dbstack/password) mariadb -uroot
)
END
    else
        if [ -d /dbstack/init ]; then cp -R /dbstack/init/. /docker-entrypoint-initdb.d/; fi
        {
            printf "GRANT ALL ON *.* TO '%s'@'%%' WITH GRANT OPTION;\n" "$DBSTACK_USER"
            if [ -e $folder/replication-password ]; then
                echo "SET sql_log_bin = 0;"
                replicator
                echo "SET sql_log_bin = 1;"
            fi
        } > /docker-entrypoint-initdb.d/00-dbstack.sql
    fi
    printf "rm -f '%s'; echo %s > '%s/.dbstack-version'\n" "$starting" "$DBSTACK_MAJOR" "$DBSTACK_VOLUME" \
        > /docker-entrypoint-initdb.d/zz-dbstack-done.sh
    chown -R mysql /docker-entrypoint-initdb.d "$starting"
fi
chown -R mysql /run/dbstack
chmod 0400 $passwords
exec docker-entrypoint.sh "$@" --init-file=$passwords
