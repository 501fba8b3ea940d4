#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make bench: how fast a check is beside what PostgreSQL and an empty two-hop can do on the same machine, in one run.
#
#   BENCH_ROUNDS=3      how often all cells are measured, one after the other; the table shows the middle one of each
#   BENCH_SECONDS=8     how long a cell is measured, after BENCH_WARM_UP=2 seconds that do not count
#   BENCH_PEOPLE=10000  people with a token each, and BENCH_PASSCODES=120 for each of them
#   BENCH_WAITING=10000 sign-ins that wait at once, and BENCH_PHONES=16 people who sign in by phone
#   BENCH_SECRETS=100000 secrets that keys seals anew, at BENCH_VALUES_PER_SECOND=1000
#   BENCH_CELLS="…"     which parts are measured: rates, push, waiting, policy, and by request keys, which makes those
#                       secrets first; the others by default
#   BENCH_BUILD=no      takes the programs in BINARIES as they are
#
# The table is printed and kept in .local/bench/report.md. The run fails when a bar of the waiting sign-ins is missed, or
# a check while keys turn over.

PORTS=${BENCH_PORTS:-9640}
export PORTS
root_of_clone=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
export POSTGRES_CONNECTIONS=400
export LOCAL_FOLDER=${LOCAL_FOLDER:-$root_of_clone/.local/bench} BINARIES=${BINARIES:-$root_of_clone/.build/release}
# shellcheck source=deploy/development/common.sh
source "$(dirname "$0")/../../deploy/development/common.sh"
# shellcheck source=Tests/Benchmarks/measure.sh
source "$(dirname "$0")/measure.sh"
# shellcheck source=Tests/Benchmarks/cells.sh
source "$(dirname "$0")/cells.sh"
# shellcheck source=Tests/Benchmarks/waits.sh
source "$(dirname "$0")/waits.sh"
# shellcheck source=Tests/Benchmarks/keys.sh
source "$(dirname "$0")/keys.sh"
here=$root/Tests/Benchmarks

rounds=${BENCH_ROUNDS:-3}
seconds=${BENCH_SECONDS:-8}
warm_up=${BENCH_WARM_UP:-2}
people=${BENCH_PEOPLE:-10000}
passcodes=${BENCH_PASSCODES:-120}
waiting=${BENCH_WAITING:-10000}
phones=${BENCH_PHONES:-16}
secrets=${BENCH_SECRETS:-100000}
values_per_second=${BENCH_VALUES_PER_SECOND:-1000}
cells=${BENCH_CELLS:-rates push waiting policy}
connection_counts=(1 8 32 64 256)
ticks=$(getconf CLK_TCK)
logs=$local_folder/log
passcode_file=$local_folder/run/passcodes.txt
results=$local_folder/results.tsv
position=0
declare -A pid

# Ends what was started here, by its id; the data of the run go with it.
clean_up() {
    local id
    for id in "${pid[@]}"; do kill -TERM "$id" 2>/dev/null || true; done
    wait
    "$development/postgres.sh" remove >/dev/null || true
    rm -f "$passcode_file"
}

build() {
    [ "${BENCH_BUILD:-yes}" = yes ] || return 0
    local product
    say "Building (release; the first time takes a quarter of an hour)"
    for product in "${services[@]}" benchmark-tool; do
        (cd "$root" && swift build -c release --explicit-target-dependency-import-check error --product "$product") ||
            fail "The build failed; see above."
    done
}

# The part that both hops have; each stands on the ports of its own, with the certificate of the service it is like:
# hop_settings PORT SERVICE
hop_settings() {
    cat <<SETTINGS
log: {level: warning}
admin: {host: 127.0.0.1, port: $(($1 + 1))}
listener:
  host: 127.0.0.1
  port: $1
  certificate: $local_folder/certificates/$2/certificate.pem
  privateKey: $local_folder/certificates/$2/key.pem
SETTINGS
}

# The two hops that do nothing.
configure_hops() {
    local certificates=$local_folder/certificates
    {
        hop_settings $((ports_base + 30)) mfa-core
        echo "  clientCA: $certificates/mfa-core/ca.pem"
    } | write_file "$local_folder/configuration/empty-core.yaml"
    {
        hop_settings $((ports_base + 32)) sdk-service
        cat <<SETTINGS
core:
  urls: [https://localhost:$((ports_base + 30))]
  ca: $certificates/sdk-service/ca.pem
  certificate: $certificates/sdk-service/certificate.pem
  privateKey: $certificates/sdk-service/key.pem
SETTINGS
    } | write_file "$local_folder/configuration/empty-door.yaml"
}

configure_tunnel() {
    local certificates=$local_folder/certificates/sdk-service
    write_file "$local_folder/configuration/stunnel.conf" <<SETTINGS
foreground = yes
pid =
syslog = no
output = $logs/stunnel.log
debug = warning
[mfa-core]
client = yes
accept = 127.0.0.1:$((ports_base + 34))
connect = 127.0.0.1:$(port_of core)
cert = $certificates/certificate.pem
key = $certificates/key.pem
CAfile = $certificates/ca.pem
verifyChain = yes
checkHost = localhost
SETTINGS
}

# Starts a program and waits for its readiness; leaves the milliseconds in $ready_after: start NAME ADMIN-PORT COMMAND…
start() {
    local name=$1 admin_port=$2 begin
    shift 2
    begin=$(date +%s%N)
    "$@" >>"$logs/$name.log" 2>&1 </dev/null &
    pid[$name]=$!
    until curl --silent --fail --output /dev/null --max-time 1 "http://127.0.0.1:$admin_port/readyz"; do
        kill -0 "${pid[$name]}" 2>/dev/null || fail "$name ended by itself: $(tail -n 5 "$logs/$name.log")"
        [ $(($(date +%s%N) - begin)) -lt 30000000000 ] || fail "$name is not ready after 30 s; see $logs/$name.log"
        sleep 0.01
    done
    ready_after=$((($(date +%s%N) - begin) / 1000000))
}

start_all() {
    local service
    declare -gA ready
    # What waits must neither run out nor be turned away.
    export MFA_CORE__PUSH__TIMEOUT_SECONDS=600 SDK_SERVICE__LISTENER__CONNECTIONS_MAX=$((waiting + 1000))
    export SDK_SERVICE__LISTENER__CONNECTIONS_PER_ADDRESS_MAX=$((waiting + 1000))
    export SDK_SERVICE__CAPACITY__ACCOUNT_WAITING_MAX=$waiting
    for service in "${services[@]}"; do
        start "$service" "$(admin_port_of "$service")" \
            "$binaries/$service" serve --config "$local_folder/configuration/$service.yaml"
        ready[$service]=$ready_after
    done
    start empty-core $((ports_base + 31)) \
        "$binaries/benchmark-tool" empty-core serve --config "$local_folder/configuration/empty-core.yaml"
    start empty-door $((ports_base + 33)) \
        "$binaries/benchmark-tool" empty-door serve --config "$local_folder/configuration/empty-door.yaml"
    stunnel4 "$local_folder/configuration/stunnel.conf" >"$logs/stunnel.out" 2>&1 &
    pid[stunnel]=$!
    sleep 5
    declare -gA idle
    for service in "${services[@]}"; do idle[$service]=$(resident_of "${pid[$service]}"); done
}

# A command of the tool against the suite that is measured: tool COMMAND OPTION…
tool() {
    local command=$1
    shift
    "$binaries/benchmark-tool" "$command" --url "https://localhost:$(port_of sdk)/api/v1" \
        --ca "$local_folder/certificates/sdk-service/ca.pem" --secrets "$local_folder/secrets" "$@"
}

prepare() {
    say "Making $people people with $passcodes passcodes each"
    tool prepare --people "$people" --passcodes "$passcodes" --out "$passcode_file"
    {
        echo "Content-Type: application/json"
        jq --raw-output '"Authorization: Basic \("\(.name):\(.secret)" | @base64)"' "$local_folder/accounts/integrator.json"
    } | write_file "$local_folder/run/door.headers"
    write_file "$local_folder/run/core.headers" <<HEADERS
Content-Type: application/json
Countersign-Account: integrator
Countersign-Scopes: authenticate
Countersign-Operation: start-sign-in
HEADERS
    psql --no-psqlrc --quiet --dbname "$database" --file "$here/rival.sql" >"$logs/rival.log" 2>&1 ||
        fail "The rival's tables cannot be made: $(tail -n 3 "$logs/rival.log")"
    sql 'vacuum analyze' && sql 'checkpoint'
}

measure_rates() {
    local round connections
    for ((round = 1; round <= rounds; round++)); do
        for connections in "${connection_counts[@]}"; do
            say "Measuring at $connections connections, round $round of $rounds"
            measure_rival a4 "$connections" rival-four.sql
            measure_rival a1 "$connections" rival-one.sql
            measure b "$connections" "$door" "$local_folder/run/door.headers" sdk-service mfa-core
            measure c "$connections" "http://127.0.0.1:$((ports_base + 34))/internal/v1/sign-ins" \
                "$local_folder/run/core.headers" mfa-core stunnel
            measure h "$connections" "https://localhost:$((ports_base + 32))/sign-ins" \
                "$local_folder/run/door.headers" empty-door empty-core
        done
    done
}

"$development/install.sh" build run bench
build
if [ -d "$local_folder" ]; then "$development/postgres.sh" remove >/dev/null; rm -rf "$local_folder"; fi
mkdir -p "$local_folder/run" "$logs"
trap clean_up EXIT
say "Starting PostgreSQL on 127.0.0.1:$(port_of postgres)"
"$development/postgres.sh" start
export PGHOST=127.0.0.1 PGPORT PGUSER=postgres PGPASSFILE=$local_folder/run/pgpass
PGPORT=$(port_of postgres)
echo "127.0.0.1:$PGPORT:*:postgres:$(cat "$local_folder/secrets/postgres.password")" | write_file "$PGPASSFILE"
postmaster=$(pgrep --full --oldest "postgres.* -p $PGPORT")
[ "$(psql --no-psqlrc -At -d postgres -c 'show synchronous_commit')" = on ] || fail "synchronous_commit is not on."
say "Setting up the suite"
"$development/configure.sh"
"$development/instance.sh"
configure_hops
configure_tunnel
start_all
prepare
door=https://localhost:$(port_of sdk)/api/v1/sign-ins
for measured in push waiting policy keys; do touch "$local_folder/$measured.tsv"; done
touch "$results"
for cell in $cells; do "measure_$cell"; done
for service in "${services[@]}"; do
    printf '%s\t%s\t%s\t%s\n' "$service" "${ready[$service]}" "${idle[$service]}" "$(resident_of "${pid[$service]}")"
done >"$local_folder/services.tsv"
"$here/report.sh" "$local_folder" | tee "$local_folder/report.md"
