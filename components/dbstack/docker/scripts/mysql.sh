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
# Only a look, before the container that runs has to make room.
if [ -n "${DBSTACK_PREFLIGHT:-}" ]; then exit 0; fi
quoted() { sed "s/\\\\/\\\\\\\\/g; s/'/''/g" "$1"; }
mkdir -p /run/dbstack
starting="$DBSTACK_VOLUME/.dbstack-starting"
if [ -e "$starting" ]; then
    say "the first start of this volume was cut off or failed, so that nobody has used it yet: it begins anew"
    find "$DBSTACK_VOLUME" -mindepth 1 -delete
fi
if [ -d "$DBSTACK_VOLUME/mysql" ]; then
    # Run by the server before it listens: an old volume gets this deployment's password.
    for user in "'root'@'localhost'" "'root'@'%'" "'$DBSTACK_USER'@'%'"; do
        printf "ALTER USER IF EXISTS %s IDENTIFIED BY '%s';\n" "$user" "$(quoted $folder/password)"
    done > /run/dbstack/passwords.sql
else
    # The image's entrypoint sets the passwords itself, and relies on there being none before.
    echo 'SELECT 1;' > /run/dbstack/passwords.sql
    touch "$starting"
    if [ -d /dbstack/init ]; then cp -R /dbstack/init/. /docker-entrypoint-initdb.d/; fi
    printf "GRANT ALL ON *.* TO '%s'@'%%' WITH GRANT OPTION;\n" "$DBSTACK_USER" > /docker-entrypoint-initdb.d/00-dbstack.sql
    printf "rm -f '%s'; echo %s > '%s/.dbstack-version'\n" "$starting" "$DBSTACK_MAJOR" "$DBSTACK_VOLUME" \
        > /docker-entrypoint-initdb.d/zz-dbstack-done.sh
    chown -R mysql /docker-entrypoint-initdb.d "$starting"
fi
chown -R mysql /run/dbstack
chmod 0400 /run/dbstack/passwords.sql
exec docker-entrypoint.sh "$@" --init-file=/run/dbstack/passwords.sql
