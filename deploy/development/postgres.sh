#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The private PostgreSQL of this clone, on 127.0.0.1 with passwords (SCRAM) and no socket: postgres.sh start|stop|remove,
# and for the walk postgres.sh copy|drop|sql DATABASE (sql reads its statements from standard input)

# shellcheck source=deploy/development/common.sh
source "$(dirname "$0")/common.sh"

programs=/usr/lib/postgresql/15/bin
superuser_password=$local_folder/secrets/postgres.password

# PostgreSQL refuses to run as root, and its own user cannot enter everybody's clone: then its data lie elsewhere.
if [ "$(id -u)" -eq 0 ]; then
    home=/var/lib/countersign-dev/$(printf '%s' "${LOCAL_FOLDER:-$root}" | sha256sum | cut -c 1-16)
else
    home=$local_folder/postgres
fi
data=$home/data
log=$home/postgresql.log

# Runs a program of PostgreSQL as the user who owns the data, free of this shell's PG… variables.
as_postgres() (
    cd /
    if [ "$(id -u)" -eq 0 ]; then
        exec env -i PATH="$PATH" LC_ALL=C.UTF-8 runuser -u postgres -- "$@"
    fi
    exec env -i PATH="$PATH" LC_ALL=C.UTF-8 "$@"
)

# The pid of the running server and its port, from the first and fourth line of its own file; nothing when it is down.
running_server() {
    local file=$data/postmaster.pid pid
    [ -r "$file" ] || return 0
    pid=$(sed -n 1p "$file")
    [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$data" ] || return 0
    echo "$pid $(sed -n 4p "$file")"
}

create_cluster() {
    say "  making its data folder, $data"
    mkdir -p "$local_folder/secrets"
    if [ "$(id -u)" -eq 0 ]; then
        install -d -m 755 "$(dirname "$home")"
        install -d -m 700 -o postgres -g postgres "$home"
    else
        mkdir -p "$home"
    fi
    new_password | write_file "$superuser_password"
    if [ "$(id -u)" -eq 0 ]; then
        install -m 600 -o postgres -g postgres "$superuser_password" "$home/password"
    else
        install -m 600 "$superuser_password" "$home/password"
    fi
    # A folder that was left half made is of no use to anybody.
    rm -rf "$data" "$home/new"
    as_postgres "$programs/initdb" --pgdata "$home/new" --username postgres --pwfile "$home/password" \
        --auth scram-sha-256 --encoding UTF8 --locale C.UTF-8 >"$local_folder/log/initdb.log" 2>&1 ||
        fail "initdb failed. Its last lines:"$'\n'"$(tail -n 8 "$local_folder/log/initdb.log")"
    rm -f "$home/password"
    cat >>"$home/new/postgresql.conf" <<SETTINGS

# Countersign: reached on 127.0.0.1 only, with a password only; what a decision says is on disk before it is told.
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
synchronous_commit = on
max_connections = ${POSTGRES_CONNECTIONS:-100}
fsync = ${POSTGRES_FSYNC:-on}
log_line_prefix = '%m [%p] %u@%d '
SETTINGS
    printf '%s\n' '# TYPE DATABASE USER ADDRESS METHOD' 'host all all 127.0.0.1/32 scram-sha-256' >"$home/new/pg_hba.conf"
    mv "$home/new" "$data"
}

start_server() {
    [ -x "$programs/postgres" ] || fail "PostgreSQL 15 is not installed (no $programs/postgres)."
    mkdir -p "$local_folder/log"
    local server wanted
    wanted=$(port_of postgres)
    server=$(running_server)
    if [ "${server#* }" = "$wanted" ] && [ -n "$server" ]; then
        say "  runs already, process ${server% *}"
        return
    fi
    if [ -n "$server" ]; then stop_server; fi
    if [ -e "$data/PG_VERSION" ] && [ ! -e "$superuser_password" ]; then
        fail "$data holds an earlier database whose passwords in .local/ are gone. Start anew: make reset run"
    fi
    require_free "$wanted" PostgreSQL
    [ -e "$data/PG_VERSION" ] || create_cluster
    as_postgres "$programs/pg_ctl" start --pgdata "$data" --wait --timeout 60 --silent --log "$log" \
        --options "-p $wanted" >/dev/null 2>&1 </dev/null ||
        fail "PostgreSQL does not start. The last lines of $log:"$'\n'"$(tail -n 8 "$log")"
    say "  runs as process $(sed -n 1p "$data/postmaster.pid"), log in $log"
}

stop_server() {
    [ -n "$(running_server)" ] || return 0
    as_postgres "$programs/pg_ctl" stop --pgdata "$data" --mode fast --wait --timeout 60 --silent >/dev/null ||
        fail "PostgreSQL does not stop; look at $log."
    say "  PostgreSQL stopped"
}

# A client program of PostgreSQL as the superuser: superuser psql --dbname postgres
superuser() {
    PGPASSWORD=$(cat "$superuser_password") PGOPTIONS=--client-min-messages=warning "$programs/$1" --no-password \
        --host 127.0.0.1 --port "$(port_of postgres)" --username postgres "${@:2}"
}

drop_copy() {
    [ "$1" != "$database" ] || fail "$database is no copy."
    superuser dropdb --if-exists --force "$1"
}

# A copy of the database under another name, made from a dump: services that are connected do not mind.
copy_database() {
    drop_copy "$1"
    superuser createdb --template template0 "$1"
    superuser pg_dump "$database" |
        superuser psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --single-transaction --output /dev/null --dbname "$1" \
            --file -
}

# Roles and database, by the same script that an operator runs.
create_roles() {
    local role arguments=()
    for role in "${roles[@]}"; do
        local file=$local_folder/secrets/$role.password
        [ -s "$file" ] || new_password | write_file "$file"
        arguments+=(--set "${role}_password_file=$file")
    done
    PGPASSWORD=$(cat "$superuser_password") psql --no-psqlrc --no-password --host 127.0.0.1 \
        --port "$(port_of postgres)" --username postgres --dbname postgres --set "database=$database" \
        "${arguments[@]}" --file "$root/deploy/postgres/roles.sql"
}

case ${1:-} in
    start)
        start_server
        create_roles
        ;;
    stop) stop_server ;;
    remove)
        stop_server
        rm -rf "$home"
        ;;
    copy) copy_database "$2" ;;
    drop) drop_copy "$2" ;;
    sql) superuser psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --dbname "$2" ;;
    *) fail "usage: postgres.sh start|stop|remove, or postgres.sh copy|drop|sql DATABASE" ;;
esac
