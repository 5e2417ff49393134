#!/bin/bash
# What the official image's entrypoint promises, written anew for tests: MARIADB_ROOT_PASSWORD, _USER, _PASSWORD and
# _DATABASE (each also as _FILE), /docker-entrypoint-initdb.d. The first start listens on the socket only.
set -euo pipefail

from_file() {
    local name=$1 file="${1}_FILE"
    if [ -n "${!file:-}" ]; then export "$name=$(cat "${!file}")"; fi
    unset "$file"
}

if [ "${1:0:1}" = - ]; then set -- mariadbd "$@"; fi
if [ "${1:-}" != mariadbd ]; then exec "$@"; fi
if [ "$(id -u)" = 0 ]; then
    find /var/lib/mysql ! -user mysql -exec chown mysql: '{}' +
    exec gosu mysql "$0" "$@"
fi
if [ ! -d /var/lib/mysql/mysql ]; then
    from_file MARIADB_ROOT_PASSWORD
    from_file MARIADB_USER
    from_file MARIADB_PASSWORD
    from_file MARIADB_DATABASE
    mariadb-install-db --auth-root-authentication-method=normal --skip-test-db --datadir=/var/lib/mysql >/dev/null
    "$@" --skip-networking --socket=/run/mysqld/mysqld.sock &
    server=$!
    sql() { mariadb --protocol=socket -uroot --socket=/run/mysqld/mysqld.sock "$@"; }
    for _ in $(seq 100); do if echo 'SELECT 1' | sql >/dev/null 2>&1; then break; fi; sleep 0.1; done
    quoted() { printf '%s' "$1" | sed "s/\\\\/\\\\\\\\/g; s/'/''/g"; }
    root=$(quoted "$MARIADB_ROOT_PASSWORD")
    printf "CREATE USER 'root'@'%%' IDENTIFIED BY '%s'; GRANT ALL ON *.* TO 'root'@'%%' WITH GRANT OPTION;
        ALTER USER 'root'@'localhost' IDENTIFIED BY '%s';\n" "$root" "$root" | sql
    # Those of this host's names and addresses go, as there: without names resolved nobody can be them, and no dump read them.
    echo "DELETE FROM mysql.global_priv WHERE User = 'root' AND Host NOT IN ('localhost', '%');
        DELETE FROM mysql.proxies_priv WHERE Host NOT IN ('localhost', '%'); FLUSH PRIVILEGES;" \
        | MYSQL_PWD=$MARIADB_ROOT_PASSWORD sql
    sql() { MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb --protocol=socket -uroot --socket=/run/mysqld/mysqld.sock "$@"; }
    if [ -n "${MARIADB_DATABASE:-}" ]; then echo "CREATE DATABASE IF NOT EXISTS \`$MARIADB_DATABASE\`;" | sql; fi
    if [ -n "${MARIADB_USER:-}" ]; then
        printf "CREATE USER '%s'@'%%' IDENTIFIED BY '%s';\n" "$MARIADB_USER" "$(quoted "$MARIADB_PASSWORD")" | sql
        if [ -n "${MARIADB_DATABASE:-}" ]; then
            printf "GRANT ALL ON \`%s\`.* TO '%s'@'%%';\n" "$MARIADB_DATABASE" "$MARIADB_USER" | sql
        fi
    fi
    for file in /docker-entrypoint-initdb.d/*; do
        case "$file" in
        *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
        *.sql) sql ${MARIADB_DATABASE:+"$MARIADB_DATABASE"} < "$file" ;;
        *.sql.gz) gunzip -c "$file" | sql ${MARIADB_DATABASE:+"$MARIADB_DATABASE"} ;;
        esac
    done
    kill "$server"
    wait "$server"
fi
exec "$@"
