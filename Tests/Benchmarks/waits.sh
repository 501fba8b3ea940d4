# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The cells of bench.sh that are about sign-ins by phone: how fast one goes, and what thousands cost that wait. To be
# sourced after cells.sh.

# shellcheck disable=SC2154  # settings, places and processes belong to bench.sh, which sources this

# d: sign-ins by phone, started, waited for and approved.
measure_push() {
    local count line
    for count in 1 "$phones"; do
        say "Measuring sign-ins of $count people by phone"
        line=$(tool push --people "$count" --seconds "$seconds" | grep '^RESULT') ||
            fail "The sign-ins by phone did not come to an end."
        read -r -a fields <<<"${line#RESULT }"
        printf '%s\t%s\t%s\n' "$count" "$(calculate "${fields[0]} * 1000000 / ${fields[1]}" %.1f)" \
            "$(in_milliseconds "${fields[@]:2}")" >>"$local_folder/push.tsv"
    done
}

# Microseconds as milliseconds, with tabs between them.
in_milliseconds() {
    local value text=""
    for value in "$@"; do text+="${text:+$'\t'}$(calculate "$value / 1000" %.1f)"; done
    echo "$text"
}

# e: sign-ins that wait through sdk-service, and what passcode checks and memory are like meanwhile.
measure_waiting() {
    local line
    say "Measuring with $waiting waiting sign-ins; first their people get phones"
    coproc holder { tool waiting --count "$waiting" 2>"$logs/waiting.log"; }
    pid[holder]=$holder_PID
    hear PREPARED
    note_state idle
    echo >&"${holder[1]}"
    hear WAITING
    until_waiting
    note_state waiting
    echo >&"${holder[1]}"
    hear RESULT
    read -r -a fields <<<"${line#RESULT }"
    printf 'answers\t%s\t%s\t%s\n' "${fields[0]}" "$(calculate "${fields[0]} * 1000000 / ${fields[1]}" %.0f)" \
        "$(in_milliseconds "${fields[@]:2}")" >>"$local_folder/waiting.tsv"
    unset "pid[holder]"
}

# Waits for a line of the tool and leaves it in $line.
hear() {
    read -r -t 900 line <&"${holder[0]}" || fail "The waiting sign-ins came to nothing; see $logs/waiting.log"
    [[ $line == "$1"* ]] || fail "The tool said $1 with other words: $line"
}

# Waits until sdk-service holds them all.
until_waiting() {
    local tries held
    for ((tries = 0; tries < 600; tries++)); do
        held=$(curl --silent "http://127.0.0.1:$(admin_port_of sdk-service)/metrics" |
            awk '$1 == "mfa_waiting_callers" { print int($2) }')
        [ "${held:-0}" -lt "$waiting" ] || return 0
        sleep 0.2
    done
    fail "Only ${held:-0} of $waiting callers wait after two minutes."
}

# Memory, threads and database connections of the services, and passcode checks at 8 connections: note_state NAME
note_state() {
    load 8 "$warm_up" "$door" "$local_folder/run/door.headers"
    load 8 "$seconds" "$door" "$local_folder/run/door.headers"
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$(resident_of "${pid[mfa-core]}")" \
        "$(resident_of "${pid[sdk-service]}")" "$(threads_of "${pid[mfa-core]}")" "$(threads_of "${pid[sdk-service]}")" \
        "$(sql "select count(*) from pg_stat_activity where usename in ('mfa_core', 'mfa_sdk')")" \
        "$(calculate "${fields[0]} * 1000000 / ${fields[1]}" %.0f)" \
        "$(calculate "${fields[2]} / 1000")" "$(calculate "${fields[4]} / 1000")" >>"$local_folder/waiting.tsv"
}

threads_of() {
    awk '/^Threads:/ { print $2 }' "/proc/$1/status"
}
