#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Brings schema, keys, certificates and service accounts into being, each only where it is missing.

# shellcheck source=deploy/development/common.sh
source "$(dirname "$0")/common.sh"

configuration=$local_folder/configuration/mfa-core.yaml
accounts=$local_folder/accounts
log=$local_folder/log/instance.log

# Runs a command of mfa-core; what it prints goes to the log, and is shown when it fails.
core() {
    "$binaries/mfa-core" "$@" --config "$configuration" >"$log" 2>&1 ||
        fail "mfa-core $1 failed:"$'\n'"$(tail -n 12 "$log")"
}

issue_certificate() {
    local folder=$local_folder/certificates/$1
    if openssl x509 -checkend 604800 -noout -in "$folder/certificate.pem" >/dev/null 2>&1; then return; fi
    rm -rf "$folder"
    mkdir -p "$folder"
    core certificate issue "$1" --host localhost --host 127.0.0.1 --out "$folder"
    say "  certificate for $1"
}

# `add_account portal --scope portal`: the secret is printed once, so it is kept at once.
add_account() {
    local name=$1
    shift
    if [ ! -s "$accounts/$name.json" ]; then
        rm -f "$accounts/$name.json.new"
        "$binaries/mfa-core" service-account add "$name" "$@" --json --config "$configuration" \
            >"$accounts/$name.json.new" 2>"$log" ||
            fail "The service account $name cannot be added: $(tail -n 3 "$log")"$'\n'"make reset begins anew."
        mv "$accounts/$name.json.new" "$accounts/$name.json"
        say "  service account $name ($*)"
    fi
    jq --raw-output .secret "$accounts/$name.json" | write_file "$local_folder/secrets/$name.secret"
}

mkdir -p "$accounts"
core migrate
say "  schema is up to date"
core activate
say "  master key, data keys and internal CA are there"
for service in "${services[@]}"; do issue_certificate "$service"; done
add_account portal --scope portal
add_account mobile --scope mobile
add_account integrator --scope authenticate
add_account administrator --scope manage-users --scope authenticate
