#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The four services of this clone as separate processes: suite.sh start|stop|describe

# shellcheck source=deploy/development/common.sh
source "$(dirname "$0")/common.sh"

ready_within_seconds=60
stop_within_seconds=35

# What a running service was started with; when it differs, the service is started anew.
fingerprint_of() {
    {
        cat "$local_folder/configuration/$1.yaml"
        cat "$local_folder/certificates/$1/certificate.pem"
        stat --format '%i %Y' "$binaries/$1"
    } | sha256sum
}

last_words_of() {
    tail -n 12 "$local_folder/log/$1.log" 2>/dev/null || true
}

# Sends SIGTERM and waits; a service ends within 30 s by itself.
stop_service() {
    local pid deadline
    pid=$(running_pid "$1")
    [ -n "$pid" ] || return 0
    kill -TERM "$pid"
    deadline=$((SECONDS + stop_within_seconds))
    while [ -n "$(running_pid "$1")" ]; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            say "  $1 did not end within $stop_within_seconds s and is killed"
            kill -KILL "$pid"
            sleep 0.2
            break
        fi
        sleep 0.1
    done
    rm -f "$local_folder/run/$1.pid" "$local_folder/run/$1.started"
    say "  $1 stopped"
}

start_service() {
    local pid
    pid=$(running_pid "$1")
    if [ -n "$pid" ]; then
        if [ "$(fingerprint_of "$1")" = "$(cat "$local_folder/run/$1.started" 2>/dev/null)" ]; then return; fi
        stop_service "$1"
    fi
    require_free "$(port_of "$(short_name "$1")")" "$1"
    require_free "$(admin_port_of "$1")" "the admin listener of $1"
    # The log of one start by itself: what a service says last is then about this one.
    if [ -e "$local_folder/log/$1.log" ]; then mv -f "$local_folder/log/$1.log" "$local_folder/log/$1.previous.log"; fi
    # A session of its own: Ctrl-C in this terminal, or closing it, leaves the service running.
    cd "$local_folder"
    nohup setsid "$binaries/$1" serve --config "$local_folder/configuration/$1.yaml" \
        >>"$local_folder/log/$1.log" 2>&1 </dev/null &
    pid=$!
    cd "$root"
    echo "$pid" | write_file "$local_folder/run/$1.pid"
    fingerprint_of "$1" | write_file "$local_folder/run/$1.started"
}

# Waits until a service says that it is ready; tells at once when it died instead.
await_ready() {
    local deadline=$((SECONDS + ready_within_seconds)) answer
    while :; do
        answer=$(curl --silent --max-time 2 --output "$local_folder/run/readyz" --write-out '%{http_code}' \
            "http://127.0.0.1:$(admin_port_of "$1")/readyz") || true
        [ "$answer" = 200 ] && break
        [ -n "$(running_pid "$1")" ] ||
            fail "$1 ended by itself. The last lines of $local_folder/log/$1.log:"$'\n'"$(last_words_of "$1")"
        [ "$SECONDS" -lt "$deadline" ] ||
            fail "$1 is not ready after $ready_within_seconds s: $(cat "$local_folder/run/readyz" 2>/dev/null)"$'\n'"$(
                last_words_of "$1")"
        sleep 0.1
    done
    printf '  %-18s ready, process %s\n' "$1" "$(running_pid "$1")"
}

# .local/suite.json: all that a program needs to use this suite (mode 0600).
describe() {
    local service filter pids='{}' configs='{}' admin='{}'
    for service in "${services[@]}"; do
        pids=$(jq --arg s "$service" --argjson p "$(running_pid "$service")" '.[$s] = $p' <<<"$pids")
        configs=$(jq --arg s "$service" --arg c "$local_folder/configuration/$service.yaml" '.[$s] = $c' <<<"$configs")
        admin=$(jq --arg s "$service" --arg u "http://127.0.0.1:$(admin_port_of "$service")" '.[$s] = $u' <<<"$admin")
    done
    # shellcheck disable=SC2016  # the $names belong to jq
    filter='{ca: $ca, sdk: $sdk, mobile: $mobile, portal: $portal, admin: $admin,
        database: "postgresql://mfa_migrate:\($password | rtrimstr("\n"))@127.0.0.1:\($port)/\($database)",
        accounts: {integrator: ($integrator[0] | .scopes = ["authenticate"]),
                   administrator: ($administrator[0] | .scopes = ["manage-users", "authenticate"])},
        pids: $pids, configs: $configs}'
    jq --null-input \
        --arg ca "$local_folder/certificates/sdk-service/ca.pem" \
        --arg sdk "https://localhost:$(port_of sdk)" \
        --arg mobile "https://localhost:$(port_of mobile)/PA" \
        --arg portal "https://localhost:$(port_of portal)/enroll" \
        --argjson admin "$admin" --argjson pids "$pids" --argjson configs "$configs" \
        --rawfile password "$local_folder/secrets/migrate.password" \
        --arg port "$(port_of postgres)" --arg database "$database" \
        --slurpfile integrator "$local_folder/accounts/integrator.json" \
        --slurpfile administrator "$local_folder/accounts/administrator.json" \
        "$filter" | write_file "$local_folder/suite.json"
}

mkdir -p "$local_folder/run" "$local_folder/log"
case ${1:-} in
    start)
        for service in "${services[@]}"; do start_service "$service"; done
        for service in "${services[@]}"; do await_ready "$service"; done
        describe
        ;;
    stop)
        # From the outside in, so that nobody is left asking a service that is gone.
        for service in mobileapp-service user-portal sdk-service mfa-core; do stop_service "$service"; done
        rm -f "$local_folder/suite.json"
        ;;
    describe) describe ;;
    *) fail "usage: suite.sh start|stop|describe" ;;
esac
