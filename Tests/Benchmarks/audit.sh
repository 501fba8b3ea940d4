# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The cells of bench.sh that are about the audit's hash chain: what it costs those who sign in, how fast it is written and
# how fast it is verified. To be sourced after cells.sh.

# shellcheck disable=SC2154  # settings, places and processes belong to bench.sh, which sources this

# i0, i1: passcode checks while the chain stands still and while it goes on; i: a million rows more, chained and verified.
measure_audit() {
    local round links
    for ((round = 1; round <= rounds; round++)); do
        say "Measuring without the audit's chain and with it, round $round of $rounds"
        stop_chain
        links=$(links_of_chain)
        measure i0 64 "$door" "$local_folder/run/door.headers" sdk-service mfa-core
        [ "$(links_of_chain)" = "$links" ] || fail "The chain did not stand still: the run measures something else."
        resume_chain
        until_chained
        links=$(links_of_chain)
        measure i1 64 "$door" "$local_folder/run/door.headers" sdk-service mfa-core
        [ "$(links_of_chain)" -gt "$links" ] || fail "The chain did not go on: the run measures something else."
    done
    until_chained
    measure_chain
}

# Takes the lock that a run of the chain takes, so that every copy leaves the run to somebody else.
stop_chain() {
    local line
    coproc unchained { psql --no-psqlrc --no-password --tuples-only --no-align --quiet --dbname "$database"; }
    pid[unchained]=$unchained_PID
    echo "select 'HELD' || pg_advisory_lock(hashtextextended('countersign.audit_chain', 0))::text;" >&"${unchained[1]}"
    read -r -t 60 line <&"${unchained[0]}" || fail "The chain could not be stopped."
    [ "$line" = HELD ] || fail "The chain could not be stopped: $line"
}

resume_chain() {
    echo '\q' >&"${unchained[1]}"
    wait "${pid[unchained]}" || true
    unset "pid[unchained]"
}

links_of_chain() {
    sql 'select coalesce(max(seq), 0) from core.audit_link'
}

# Waits until every row has its link.
until_chained() {
    local tries
    for ((tries = 0; tries < 3000; tries++)); do
        [ "$(sql "select count(*) from (select from core.audit_event where (xid, id) > (
            coalesce((select xid from core.audit_link order by seq desc limit 1), '0'),
            coalesce((select audit_id from core.audit_link order by seq desc limit 1), 0)) limit 1) behind")" != 0 ] ||
            return 0
        sleep 0.1
    done
    fail "Rows still wait for their links after five minutes."
}

# Rows like that of the last check, chained by mfa-core, and then verified by the program that operators have for it.
measure_chain() {
    local columns begin chained taken verdict=$local_folder/verify.json
    columns="instance, event, outcome, reason, front_end, actor, peer, application, client_address, user_given, user_id,
        factor_id, factor_kind, sign_in_id, request_id, detail"
    say "Making $audit_rows rows of the audit"
    sql "insert into core.audit_event ($columns) select $columns from (select $columns from core.audit_event
        where event = 'otp.ok' order by id desc limit 1) checked, generate_series(1, $audit_rows)"
    begin=$(date +%s%N)
    until_chained
    chained=$(($(date +%s%N) - begin))
    sql 'vacuum analyze core.audit_event' && sql 'vacuum analyze core.audit_link'
    say "Verifying $(links_of_chain) links"
    begin=$(date +%s%N)
    "$binaries/mfa-core" audit verify --json --config "$local_folder/configuration/mfa-core.yaml" \
        >"$verdict" 2>"$logs/verify.log" || fail "The audit is not whole: $(jq --raw-output .fault.sentence "$verdict")"
    taken=$(($(date +%s%N) - begin))
    printf '%s\t%s\t%s\t%s\n' "$audit_rows" "$((chained / 1000000))" "$(jq .links "$verdict")" "$((taken / 1000000))" \
        >"$local_folder/audit.tsv"
}
