#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# R97, cell f: what one noisy account does to another one's checks. A quiet account sends checks over 4 connections, a
# noisy one over 4 (normal), over 40 (ten times as much) and over 1000 (more than may queue), in turns on one machine.
# The run fails unless
#   * the quiet account's p99 at ten times is below twice that of the normal rounds, and no quiet check fails;
#   * the p99 of refusals is below 100 ms: the share within them is told, and must be 99 %. The last one of a hundred is not
#     judged: a call that queued in the first second of the flood, when nobody knows yet how fast the queue goes, is refused
#     when it has waited too long;
#   * neither service ever held more than 256 MiB.
#
#   FAIRNESS_ROUNDS=5    how often the three cells are measured; the table shows the middle one of each
#   FAIRNESS_PEOPLE=2000 people of each account, with FAIRNESS_PASSCODES=200 passcodes each
#   FAIRNESS_SECONDS=6   how long a cell is measured, after 1 second that does not count
#   BINARIES=…           the programs to measure (default: the release build, which must be there)
#
# The table is printed and kept in .local/fairness/report.md.

PORTS=${FAIRNESS_PORTS:-9740}
export PORTS
# What is asked is whose turn it is. wrk counts each moment in which nothing is answered as many late answers, so a disk that
# stops for a third of a second once in ten would decide about the p99 instead.
export POSTGRES_FSYNC=off
# Both accounts come from this one machine, which the door would take for one address that wants too much.
export SDK_SERVICE__LISTENER__CONNECTIONS_PER_ADDRESS_MAX=4000
root_of_clone=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
export LOCAL_FOLDER=${LOCAL_FOLDER:-$root_of_clone/.local/fairness} BINARIES=${BINARIES:-$root_of_clone/.build/release}
# shellcheck source=deploy/development/common.sh
source "$(dirname "$0")/../../deploy/development/common.sh"
# shellcheck source=Tests/Benchmarks/measure.sh
source "$(dirname "$0")/measure.sh"
here=$root/Tests/Benchmarks

rounds=${FAIRNESS_ROUNDS:-5}
seconds=${FAIRNESS_SECONDS:-6}
people=${FAIRNESS_PEOPLE:-2000}
passcodes=${FAIRNESS_PASSCODES:-200}
logs=$local_folder/log
results=$local_folder/results.tsv
declare -A pid position=([quiet]=0 [noisy]=0)

# Ends what was started here, by its id; the data of the run go with it.
clean_up() {
    local id
    for id in "${pid[@]}"; do kill -TERM "$id" 2>/dev/null || true; done
    wait
    "$development/postgres.sh" remove >/dev/null || true
    rm -f "$local_folder"/run/*.passcodes
}

# Starts a service and waits for its readiness.
start() {
    local name=$1 begin=$SECONDS
    "$binaries/$name" serve --config "$local_folder/configuration/$name.yaml" >>"$logs/$name.log" 2>&1 </dev/null &
    pid[$name]=$!
    until curl --silent --fail --output /dev/null --max-time 1 "http://127.0.0.1:$(admin_port_of "$name")/readyz"; do
        kill -0 "${pid[$name]}" 2>/dev/null || fail "$name ended by itself: $(tail -n 5 "$logs/$name.log")"
        [ $((SECONDS - begin)) -lt 60 ] || fail "$name is not ready after 60 s; see $logs/$name.log"
        sleep 0.1
    done
}

# People of their own for each account, so that neither waits for the other one's locks: prepare NAME
prepare() {
    "$binaries/benchmark-tool" prepare --url "https://localhost:$(port_of sdk)/api/v1" \
        --ca "$local_folder/certificates/sdk-service/ca.pem" --secrets "$local_folder/secrets" \
        --people "$people" --passcodes "$passcodes" --out "$local_folder/run/$1.passcodes"
    "$binaries/mfa-core" service-account add "$1" --scope authenticate --json \
        --config "$local_folder/configuration/mfa-core.yaml" >"$local_folder/accounts/$1.json"
    {
        echo "Content-Type: application/json"
        jq --raw-output '"Authorization: Basic \("\(.name):\(.secret)" | @base64)"' "$local_folder/accounts/$1.json"
    } | write_file "$local_folder/run/$1.headers"
}

# wrk as one account; its RESULT fields go to a file: load NAME CONNECTIONS SECONDS
load() {
    wrk --threads 1 --connections "$2" --duration "${3}s" --timeout 10s --latency --script "$here/checks.lua" \
        "https://localhost:$(port_of sdk)/api/v1/sign-ins" -- "$local_folder/run/$1.passcodes" "${position[$1]}" \
        "$local_folder/run/$1.headers" | sed -n 's/^RESULT //p' >"$local_folder/run/$1.result"
}

# Both accounts at once; leaves the quiet one's fields in $quiet and the noisy one's in $noisy: both CONNECTIONS SECONDS
both() {
    local name
    load noisy "$1" "$2" &
    local background=$!
    load quiet 4 "$2"
    wait "$background"
    read -r -a quiet <"$local_folder/run/quiet.result" || fail "wrk did not come to an end"
    read -r -a noisy <"$local_folder/run/noisy.result" || fail "wrk did not come to an end"
    position[quiet]=${quiet[6]}
    position[noisy]=${noisy[6]}
    for name in quiet noisy; do
        [ "$(cut -d ' ' -f 8 "$local_folder/run/$name.result")" = enough ] ||
            fail "The passcodes are used up: raise FAIRNESS_PASSCODES (now $passcodes)."
    done
    [ "${quiet[5]}" = 0 ] || fail "${quiet[5]} of ${quiet[0]} quiet checks failed at $1 noisy connections."
}

# Waits until what the end of a cell cut off is over, so that the next one meets an idle suite.
until_idle() {
    local tries busy
    for ((tries = 0; tries < 100; tries++)); do
        busy=$(curl --silent "http://127.0.0.1:$(admin_port_of sdk-service)/metrics" |
            awk '/^mfa_door_calls\{/ { sum += $2 } END { print sum + 0 }')
        [ "$busy" != 0 ] || return 0
        sleep 0.2
    done
    fail "Calls go on 20 seconds after the end of a cell."
}

# How many requests were refused with a status, within 100 ms and in all: refusals STATUS
refusals() {
    curl --silent "http://127.0.0.1:$(admin_port_of sdk-service)/metrics" | awk -v status="status=\"$1\"" '
        /^mfa_http_duration_seconds_bucket\{/ && index($0, status) && /le="0.1"/ { early += $2 }
        /^mfa_http_duration_seconds_count\{/ && index($0, status) { all += $2 }
        END { printf "%d %d\n", early, all }'
}

# The middle value of a column of a cell: middle CONNECTIONS COLUMN
middle() {
    awk -v cell="$1" -v column="$2" '$1 == cell { print $column }' "$results" | sort -n |
        awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# The most that a process ever held in memory, in MiB: peak_of PID
peak_of() {
    awk '/^VmHWM:/ { printf "%.0f", $2 / 1024 }' "/proc/$1/status"
}

# One line with a verdict, which also decides about the run's: judge TEXT CONDITION
judge() {
    local met=met
    awk "BEGIN { exit !($2) }" || met=missed
    [ $met = met ] || verdict=missed
    echo "$1: $met."
}

report() {
    local connections ratio share verdict=met status early all refused=0 refused_early=0 name peak
    ratio=$(calculate "$(middle 40 3) / $(middle 4 3)")
    echo "| noisy connections | quiet checks/s | quiet p99 ms | noisy answers/s | noisy refusals |"
    echo "|---|---|---|---|---|"
    for connections in 4 40 1000; do
        echo "| $connections | $(middle $connections 2) | $(calculate "$(middle $connections 3) / 1000") |" \
            "$(middle $connections 4) | $(middle $connections 5) |"
    done
    echo
    for status in 429 503; do
        read -r early all < <(refusals "$status")
        echo "Refused with $status: $all, $early of them within 100 ms."
        refused=$((refused + all)) refused_early=$((refused_early + early))
    done
    judge "The quiet account's p99 at ten times the noise: $ratio of normal (below 2 wanted)" "$ratio < 2"
    # A flood that is refused nothing is none.
    share=$(calculate "100 * $refused_early / ($refused + !$refused)")
    judge "Refused within 100 ms: $refused_early of $refused, $share % (99 % wanted)" \
        "$refused > 0 && $refused_early >= 0.99 * $refused"
    for name in mfa-core sdk-service; do
        peak=$(peak_of "${pid[$name]}")
        judge "The most that $name held: $peak MiB (at most 256 MiB wanted)" "$peak <= 256"
    done
    [ $verdict = met ]
}

[ -x "$binaries/benchmark-tool" ] || fail "There is no build in $binaries; make bench makes one, or set BINARIES."
"$development/install.sh" build run bench
if [ -d "$local_folder" ]; then "$development/postgres.sh" remove >/dev/null; rm -rf "$local_folder"; fi
mkdir -p "$local_folder/run" "$logs" "$local_folder/accounts"
trap clean_up EXIT
say "Starting PostgreSQL on 127.0.0.1:$(port_of postgres)"
"$development/postgres.sh" start
say "Setting up the suite"
"$development/configure.sh"
"$development/instance.sh"
start mfa-core
start sdk-service
say "Making people with passcodes for both accounts"
prepare quiet
prepare noisy
both 4 1
for ((round = 1; round <= rounds; round++)); do
    for connections in 4 40 1000; do
        say "Round $round of $rounds, $connections noisy connections"
        both "$connections" "$seconds"
        printf '%s\t%d\t%d\t%d\t%d\n' "$connections" $((quiet[0] * 1000000 / quiet[1])) "${quiet[4]}" \
            $((noisy[0] * 1000000 / noisy[1])) "${noisy[5]}" >>"$results"
        until_idle
    done
done
report | tee "$local_folder/report.md"
