# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The cells of bench.sh that are about policy and keys: how fast a policy decides, and what people notice of another data
# key. To be sourced after cells.sh.

# shellcheck disable=SC2154  # settings, places and processes belong to bench.sh, which sources this

# f: decisions of a policy, by the pure function alone.
measure_policy() {
    local lines line
    for lines in 1 100 1000; do
        say "Measuring the decisions of a policy of $lines lines"
        line=$("$binaries/benchmark-tool" policy --lines "$lines" --seconds "$seconds" | grep '^RESULT') ||
            fail "The policy decided otherwise than it should."
        read -r -a fields <<<"${line#RESULT }"
        printf '%s\t%s\t%s\n' "$lines" "$(calculate "${fields[1]} * 1000000 / ${fields[2]}" %.0f)" \
            "$(calculate "${fields[2]} / ${fields[1]}")" >>"$local_folder/policy.tsv"
    done
}

# g: passcode checks at 8 connections before and while every secret is sealed anew.
measure_keys() {
    local more begin rotated=$logs/rotate.out span
    more=$((secrets - $(sealed_secrets)))
    if [ "$more" -gt 0 ]; then
        say "Making $more people more, for $secrets secrets"
        tool prepare --people "$more" --passcodes 0 --out "$local_folder/run/no-passcodes.txt"
        sql 'vacuum analyze' && sql 'checkpoint'
    fi
    load 8 "$warm_up" "$door" "$local_folder/run/door.headers"
    say "Measuring before the rotation"
    begin_checks
    for ((span = 0; span < 3; span++)); do check_for_a_while; done
    note_checks before "$(sealed_secrets)" -
    say "Measuring while $(sealed_secrets) secrets are sealed anew"
    begin_checks
    begin=$(date +%s%N)
    "$binaries/mfa-core" key rotate --values-per-second "$values_per_second" \
        --config "$local_folder/configuration/mfa-core.yaml" >"$rotated" 2>"$logs/rotate.log" &
    pid[rotation]=$!
    while kill -0 "${pid[rotation]}" 2>/dev/null; do check_for_a_while; done
    wait "${pid[rotation]}" || fail "The rotation failed: $(tail -n 3 "$logs/rotate.log")"
    unset "pid[rotation]"
    [ "$(sql 'select count(distinct key_id) from core.factor where key_id is not null')" = 1 ] ||
        fail "The rotation ended and left secrets under another key."
    # What it printed last is from the moment of its end.
    note_checks rotating "$(sealed_secrets)" "$(calculate "$(stat --format %.9Y "$rotated") - $begin / 1000000000" %.1f)"
}

sealed_secrets() {
    sql 'select count(*) from core.factor where key_id is not null'
}

begin_checks() {
    checks=0 checking=0 slowest=0
    approved_before=$(approvals)
}

# One span of passcode checks; the latency that is kept is that of the slowest span.
check_for_a_while() {
    load 8 "$seconds" "$door" "$local_folder/run/door.headers"
    checks=$((checks + fields[0]))
    checking=$((checking + fields[1]))
    if [ "${fields[4]}" -gt "$slowest" ]; then slowest=${fields[4]}; fi
}

# Keeps what the spans since begin_checks were like: note_checks NAME SECRETS SECONDS
note_checks() {
    local approved tries
    # What the end of a span cut off may still be under way; what is not there by then was lost.
    for ((tries = 0; tries < 50; tries++)); do
        approved=$(($(approvals) - approved_before))
        [ "$approved" -lt "$checks" ] || break
        sleep 0.1
    done
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$(calculate "$checks * 1000000 / $checking" %.0f)" \
        "$(calculate "$slowest / 1000")" "$((approved < checks ? checks - approved : 0))" >>"$local_folder/keys.tsv"
}
