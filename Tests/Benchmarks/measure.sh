# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What bench.sh measures with: processor time, memory, commits, percentiles. To be sourced after common.sh; $postmaster
# is the process of the database server.

# shellcheck disable=SC2154  # $database and $postmaster belong to those who source this

# Processor time that processes have used so far, in clock ticks, children that ended included: cpu_of PID…
cpu_of() {
    local pid total=0 fields
    for pid in "$@"; do
        fields=$(sed 's/^.*) //' "/proc/$pid/stat" 2>/dev/null) || continue
        # shellcheck disable=SC2086  # one word a field: utime, stime, cutime, cstime are 12 to 15 of these
        set -- $fields
        total=$((total + ${12} + ${13} + ${14} + ${15}))
    done
    echo "$total"
}

# The server and its sessions.
postgres_pids() {
    echo "$postmaster $(pgrep --parent "$postmaster" | tr '\n' ' ')"
}

# MiB that a process holds in memory.
resident_of() {
    awk '/^VmRSS:/ { printf "%.0f", $2 / 1024 }' "/proc/$1/status"
}

# One value from the database, as its superuser: sql 'select 1'
sql() {
    psql --no-psqlrc --no-password --tuples-only --no-align --quiet --dbname "$database" --command "$1"
}

# Commits in the database so far.
commits() {
    sql 'select pg_stat_clear_snapshot()' >/dev/null
    sql "select xact_commit from pg_stat_database where datname = '$database'"
}

# p50 p95 p99 in microseconds of pgbench's logs, whose third column is the time of a transaction: percentiles PREFIX
percentiles() {
    cut -d ' ' -f 3 "$1".* | sort -n | awk '{ v[NR] = $1 }
        END { printf "%d %d %d\n", v[int(NR * 0.50 + 0.5)], v[int(NR * 0.95 + 0.5)], v[int(NR * 0.99 + 0.5)] }'
}

# calculate 'EXPRESSION' [FORMAT]
calculate() {
    awk "BEGIN { printf \"${2:-%.2f}\", $1 }"
}
