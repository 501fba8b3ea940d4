# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The cells of bench.sh that count passcode checks and their rivals. To be sourced after measure.sh.

# shellcheck disable=SC2154  # settings, places and processes belong to bench.sh, which sources this

# Keeps one row: record CELL CONNECTIONS COUNT MICROSECONDS P50 P95 P99 COMMITS [NAME=TICKS…]
record() {
    local cell=$1 connections=$2 count=$3 duration=$4 p50=$5 p95=$6 p99=$7 commits=$8 used="" part
    shift 8
    for part in "$@"; do
        used+="${used:+, }${part%%=*} $(calculate "${part#*=} * 1000000 / $ticks / $count" %.0f)"
    done
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$cell" "$connections" "$(calculate "$count * 1000000 / $duration" %.0f)" \
        "$(calculate "$p50 / 1000")" "$(calculate "$p95 / 1000")" "$(calculate "$p99 / 1000")" \
        "$(calculate "$commits / $count")" "$used" >>"$results"
}

# The rival: measure_rival CELL CONNECTIONS SCRIPT
measure_rival() {
    local cell=$1 connections=$2 script=$3 prefix=$local_folder/run/pgbench before committed count
    rm -f "$prefix".*
    # shellcheck disable=SC2046  # one pid a word
    before=$(cpu_of $(postgres_pids))
    committed=$(commits)
    local begin times
    begin=$(date +%s%N)
    times=$(TIMEFORMAT='%U %S'; { time pgbench --no-vacuum --protocol prepared --client "$connections" \
        --jobs "$((connections < 2 ? 1 : 2))" --time "$seconds" --define "people=$people" --log --log-prefix "$prefix" \
        --file "$here/$script" "$database" >"$logs/pgbench.log" 2>&1; } 2>&1) ||
        fail "pgbench failed: $(tail -n 3 "$logs/pgbench.log")"
    committed=$(($(commits) - committed))
    # shellcheck disable=SC2046
    before=$(($(cpu_of $(postgres_pids)) - before))
    count=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' "$logs/pgbench.log")
    local rate
    rate=$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' "$logs/pgbench.log")
    # shellcheck disable=SC2046
    record "$cell" "$connections" "$count" "$(calculate "$count / $rate * 1000000" %.0f)" $(percentiles "$prefix") \
        "$committed" "postgres=$before" "pgbench=$(calculate "(${times/ / + }) * $ticks" %.0f)"
    rm -f "$prefix".*
}

# wrk for so many seconds; its RESULT fields are left in $fields: load CONNECTIONS SECONDS URL HEADERS
load() {
    local line
    line=$(wrk --threads 1 --connections "$1" --duration "${2}s" --timeout 10s --latency \
        --script "$here/checks.lua" "$3" -- "$passcode_file" "$position" "$4" | grep '^RESULT') ||
        fail "wrk did not come to an end against $3"
    read -r -a fields <<<"${line#RESULT }"
    [ "${fields[7]}" = enough ] || fail "The passcodes are used up: raise BENCH_PASSCODES (now $passcodes)."
    [ "${fields[5]}" = 0 ] || fail "${fields[5]} of ${fields[0]} requests failed against $3; see $logs"
    position=${fields[6]}
}

approvals() {
    sql "select count(*) from core.audit_event where event = 'otp.ok'"
}

# measure CELL CONNECTIONS URL HEADERS NAME… — the processor time of the named programs is shown
measure() {
    local cell=$1 connections=$2 url=$3 headers=$4 name approved committed begin_postgres parts=() spent=$position
    shift 4
    load "$connections" "$warm_up" "$url" "$headers"
    declare -A begin
    approved=$(approvals)
    committed=$(commits)
    # shellcheck disable=SC2046
    begin_postgres=$(cpu_of $(postgres_pids))
    for name in "$@"; do begin[$name]=$(cpu_of "${pid[$name]}"); done
    local children
    children=$(cpu_of $$)
    load "$connections" "$seconds" "$url" "$headers"
    children=$(($(cpu_of $$) - children))
    for name in "$@"; do parts+=("$name=$(($(cpu_of "${pid[$name]}") - begin[$name]))"); done
    # shellcheck disable=SC2046
    parts+=("postgres=$(($(cpu_of $(postgres_pids)) - begin_postgres))" "wrk=$children")
    # What the end of the run cut off is decided by now or never.
    sleep 1
    committed=$(($(commits) - committed))
    approved=$(($(approvals) - approved))
    if [ "$cell" = h ]; then
        # Nobody looked at these passcodes.
        position=$spent
    else
        # Those whose answer the end of the run cut off are decided too.
        if [ "$approved" -lt "${fields[0]}" ] || [ "$approved" -gt $((fields[0] + connections)) ]; then
            fail "Only $approved of ${fields[0]} checks were approvals: the run measures something else."
        fi
    fi
    record "$cell" "$connections" "${fields[0]}" "${fields[1]}" "${fields[2]}" "${fields[3]}" "${fields[4]}" \
        "$committed" "${parts[@]}"
}
