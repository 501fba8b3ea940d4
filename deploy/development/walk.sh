#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One real sign-in by phone and one by passcode through all four services, told step by step.

# shellcheck source=deploy/development/common.sh
source "$(dirname "$0")/common.sh"

ca=$local_folder/certificates/sdk-service/ca.pem
base=https://localhost:$(port_of sdk)/api/v1
folder=$(mktemp -d "$local_folder/run/walk.XXXXXX")
person=walk-$(openssl rand -hex 4)
phone=$folder/phone.json
step=0
person_exists=no

# Whatever happens, the person of this walk does not stay.
clean_up() {
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
tell "Refused once more" "the bypass has been used"

ask administrator DELETE "/users/$person" >/dev/null
person_exists=no
tell "User removed" "$person, with phone and passcode factor"
