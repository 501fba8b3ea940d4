#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Told step by step: one real sign-in by phone and one by passcode through all four services, a bypass, a line of a policy
# that refuses, and an audit that is whole, beside a copy of it that is not.

# shellcheck source=deploy/development/common.sh
source "$(dirname "$0")/common.sh"

configuration=$local_folder/configuration/mfa-core.yaml
ca=$local_folder/certificates/sdk-service/ca.pem
base=https://localhost:$(port_of sdk)/api/v1
folder=$(mktemp -d "$local_folder/run/walk.XXXXXX")
person=walk-$(openssl rand -hex 4)
phone=$folder/phone.json
step=0
person_exists=no
policy_holds=no
# By its comment a version of the policy is known as the walk's own.
by_walk="the walk of make run"
copy=${database}_bent
copy_exists=no

# Whatever happens, the person, the policy and the copy of this walk do not stay.
clean_up() {
    if [ "$copy_exists" = yes ]; then "$development/postgres.sh" drop "$copy" >/dev/null 2>&1 || true; fi
    if [ "$policy_holds" = yes ]; then (apply_default_policy) >/dev/null 2>&1 || true; fi
    if [ "$person_exists" = yes ]; then
        call administrator DELETE "/users/$person" >/dev/null 2>&1 || true
    fi
    rm -rf "$folder"
}
trap clean_up EXIT

# Name and secret of a service account, in the form that curl reads from a file: they never stand in an argument.
credentials() {
    jq --raw-output '"user = \"\(.name):\(.secret)\""' "$local_folder/accounts/$1.json"
}

# Calls sdk-service as an account; prints the body and leaves the status in $folder/status: call ACCOUNT METHOD PATH
# with the JSON body on standard input, if there is one.
call() {
    local arguments=(--silent --show-error --max-time 70 --cacert "$ca" --request "$2" --output "$folder/answer"
        --write-out '%{http_code}' --header "Idempotency-Key: $(openssl rand -hex 16)")
    if [ "${4:-}" = body ]; then
        arguments+=(--header 'Content-Type: application/json' --data-binary @-)
    fi
    : >"$folder/answer"
    curl --config <(credentials "$1") "${arguments[@]}" "$base$3" >"$folder/status" 2>"$folder/trouble" || return 1
    cat "$folder/answer"
}

# As `call`, but anything except success ends the walk: ask ACCOUNT METHOD PATH [body]
ask() {
    call "$@" || fail "sdk-service cannot be reached: $(cat "$folder/trouble")"
    case $(cat "$folder/status") in
        2??) ;;
        *) fail "$2 $3 was answered with $(cat "$folder/status"): $(cat "$folder/answer")" ;;
    esac
}

# One line of the story, numbered.
tell() {
    step=$((step + 1))
    printf '  %2d. %-26s %s\n' "$step" "$1" "$2"
}

# Reads one value from JSON on standard input; an absent one ends the walk.
value() {
    jq --exit-status --raw-output "$1" || fail "The answer has no $1."
}

# Ends the walk unless the state is the one the story needs: expect_state approved "$answer"
expect_state() {
    [ "$(jq --raw-output .state <<<"$2")" = "$1" ] || fail "Expected the sign-in to be $1, but the answer is: $2"
}

simulated_phone() {
    "$binaries/simulated-phone" "$@" --state "$phone" >"$folder/phone.log" 2>&1 ||
        fail "The simulated phone cannot $1: $(tail -n 3 "$folder/phone.log")"
}

# Runs a command of mfa-core; anything except success ends the walk: core policy apply FILE
core() {
    "$binaries/mfa-core" "$@" --config "$configuration" 2>"$folder/trouble" ||
        fail "mfa-core $1 $2: $(cat "$folder/trouble")"
}

# The passcode that an authenticator app would show now, or after the given number of seconds.
passcode() {
    oathtool --totp --base32 --now "@$(($(date +%s) + ${1:-0}))" - <"$folder/secret"
}

sign_in_by_push() {
    local answer id number
    answer=$(jq -n --arg user "$person" '{user: $user, factor: "push", clientAddress: "203.0.113.7"}' |
        ask integrator POST /sign-ins body)
    expect_state pending "$answer"
    id=$(value .id <<<"$answer")
    number=$(value .numberToEnter <<<"$answer")
    tell "Push sign-in started" "by the account integrator; waits until $(value .expiresAt <<<"$answer")"
    tell "Number shown" "$number, on the page where $person signs in"
    simulated_phone approve --number "$number" --wait 10
    tell "Number typed" "on the simulated phone, which signed it with a key that never leaves it"
    answer=$(ask integrator GET "/sign-ins/$id?waitSeconds=10")
    expect_state approved "$answer"
    tell "Approved" "mfa-core decided, at $(value .decidedAt <<<"$answer")"
}

enrol_passcode() {
    local answer id
    answer=$(ask administrator POST "/users/$person/factors" body <<<'{"kind": "totp", "name": "authenticator app"}')
    id=$(value .id <<<"$answer")
    value .secretBase32 <<<"$answer" >"$folder/secret"
    jq -n --arg passcode "$(passcode)" '{passcode: $passcode}' |
        ask administrator POST "/users/$person/factors/$id/confirmation" body >/dev/null
    tell "Passcode factor enrolled" "confirmed by its first passcode, which that used up"
}

sign_in_by_passcode() {
    jq -n --arg user "$person" --arg passcode "$1" '{user: $user, factor: "passcode", passcode: $passcode}' |
        ask integrator POST /sign-ins body
}

# No lines: the built-in policy.
apply_default_policy() {
    echo 'lines: []' >"$folder/default.yaml"
    core policy apply "$folder/default.yaml" --comment "$by_walk" >/dev/null
}

# A line refuses a sign-in, and explains itself; the id of the sign-in is left in $refused.
be_refused_by_policy() {
    local answer written address=198.51.100.9
    # What holds is the built-in policy or what an earlier walk left; anything else is not touched.
    written=$(core policy history --limit 1 --json | jq --raw-output --arg none "$by_walk" '.items[0].comment // $none')
    if [ "$written" != "$by_walk" ]; then
        tell "Policy left alone" "this instance has one that somebody wrote: mfa-core policy show"
        return
    fi
    policy_holds=yes
    core policy apply "$development/policy.yaml" --comment "$by_walk" >/dev/null
    tell "Policy applied" "deploy/development/policy.yaml, from the next sign-in on"
    answer=$(jq -n --arg user "$person" --arg address "$address" \
        '{user: $user, factor: "push", clientAddress: $address}' | ask integrator POST /sign-ins body)
    expect_state denied "$answer"
    refused=$(value .id <<<"$answer")
    tell "Refused by a line of it" "from $address; the phone was not asked"
    answer=$(core policy explain --user "$person" --application integrator --address "$address" --json)
    [ "$(value .result <<<"$answer")" = policy_refuses ] || fail "The policy explains something else: $answer"
    tell "Explained" "$(value '"“\(.line)” decides: \(.sentence)"' <<<"$answer")"
    tell "Why no line before it" "$(value '.passed[0] | "“\(.line)”: \(.sentence)"' <<<"$answer")"
    apply_default_policy
    policy_holds=no
    tell "Default policy again" "everybody is asked for a factor; mfa-core policy history keeps both"
}

# The audit as it is: whole, as soon as its latest rows have their links.
verify_audit() {
    local answer="" tries
    for ((tries = 0; tries < 40; tries++)); do
        answer=$("$binaries/mfa-core" audit verify --json --config "$configuration" 2>"$folder/trouble") || true
        if [ "$(jq '.sound and .waiting == 0' <<<"$answer")" = true ]; then break; fi
        sleep 0.2
    done
    [ "$(jq .sound <<<"$answer")" = true ] ||
        fail "mfa-core audit verify: $(jq --raw-output .fault.sentence <<<"$answer") $(cat "$folder/trouble")"
    tell "Audit verified" "$(value .rows <<<"$answer") rows, each as it was chained"
}

# The audit as the superuser could bend it, in a copy that does not stay: the denial of a sign-in becomes an approval.
bend_a_copy() {
    local row answer
    copy_exists=yes
    "$development/postgres.sh" copy "$copy"
    row=$("$development/postgres.sh" sql "$copy" <<SQL
set session_replication_role = replica;
update core.audit_event set outcome = 'approved'
where id = (select min(id) from core.audit_event where sign_in_id = '$1' and outcome = 'denied') returning id;
SQL
    )
    [ -n "$row" ] || fail "The audit has no row for the denial of sign-in $1."
    tell "Row $row bent" "in a copy of the database, by its superuser: denied became approved"
    answer=$("$binaries/mfa-core" audit verify --json --config "$configuration" 2>"$folder/trouble" \
        --set "database.url=postgresql://mfa_core@127.0.0.1:$(port_of postgres)/$copy") &&
        fail "mfa-core audit verify did not find that row $row was bent."
    [ "$(jq .fault.row <<<"$answer")" = "$row" ] ||
        fail "mfa-core audit verify found something else in the copy: $answer $(cat "$folder/trouble")"
    tell "Found" "$(value .fault.sentence <<<"$answer")"
    "$development/postgres.sh" drop "$copy"
    copy_exists=no
    tell "Copy dropped" "and the audit of this instance was never touched"
}

say ""
say "A sign-in, step by step:"
jq -n --arg name "$person" '{username: $name, displayName: "Walker"}' | ask administrator POST /users body >/dev/null
person_exists=yes
tell "User created" "$person, by the account administrator"

answer=$(ask administrator POST "/users/$person/activations" body <<<'{}')
simulated_phone activate --link "$(value .activationURI <<<"$answer")" --ca "$ca"
tell "Phone activated" "a simulated phone, by the link $person got"

sign_in_by_push
enrol_passcode
# The step of now was spent by the confirmation; the next one is within the window.
next=$(passcode 30)
answer=$(sign_in_by_passcode "$next")
expect_state approved "$answer"
tell "Passcode accepted" "$next"
answer=$(sign_in_by_passcode "$next")
expect_state denied "$answer"
tell "The same passcode refused" "$next has been used"

ask administrator POST "/users/$person/bypasses" body <<<'{"reason": "phone at home", "validSeconds": 60}' >/dev/null
tell "Bypass issued" "for one sign-in within a minute"
answer=$(sign_in_by_passcode "$next")
expect_state approved "$answer"
tell "Let in without a factor" "waiver $(value .waiver <<<"$answer"), used up by that"
answer=$(sign_in_by_passcode "$next")
expect_state denied "$answer"
refused=$(value .id <<<"$answer")
tell "Refused once more" "the bypass has been used"

be_refused_by_policy

ask administrator DELETE "/users/$person" >/dev/null
person_exists=no
tell "User removed" "$person, with phone and passcode factor"

verify_audit
bend_a_copy "$refused"
