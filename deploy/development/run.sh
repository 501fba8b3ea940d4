#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make run: from a bare Debian with Swift to four running services, walked through.

# shellcheck source=deploy/development/common.sh
source "$(dirname "$0")/common.sh"

# Runs one of the scripts beside this one; what it starts must not inherit the lock.
part() {
    "$development/$1" "${@:2}" 9>&-
}

print_summary() {
    cat <<SUMMARY

The suite runs. Everything a program needs to use it stands in .local/suite.json (readable by you only).

  sdk-service        https://localhost:$(port_of sdk)/api/v1      for integrators' systems
  user-portal        https://localhost:$(port_of portal)/enroll      for people's browsers
  mobileapp-service  https://localhost:$(port_of mobile)/PA          for phones
  mfa-core           https://localhost:$(port_of core)             for sdk-service alone
  PostgreSQL         127.0.0.1:$(port_of postgres)                    database $database

  CA to trust        .local/certificates/sdk-service/ca.pem
  Accounts           integrator (authenticate), administrator (manage-users, authenticate);
                     their secrets: jq .accounts .local/suite.json
  Logs               .local/log/
  Health             curl http://127.0.0.1:$(admin_port_of mfa-core)/readyz   (sdk $(admin_port_of sdk-service), portal $(
        admin_port_of user-portal), mobile $(admin_port_of mobileapp-service))

  make stop          stops everything and keeps the data        make run    starts it again
  make reset         stops everything and deletes the data
SUMMARY
}

if ! [[ $ports_base =~ ^[0-9]{4,5}$ ]] || [ "$ports_base" -lt 1024 ] || [ "$ports_base" -gt 65000 ]; then
    fail "PORTS is the first of the port numbers, from 1024 to 65000; found: $ports_base"
fi
mkdir -p "$local_folder/run" "$local_folder/log"
"$development/install.sh" build run
command -v swift >/dev/null ||
    fail "Swift is not installed or not in PATH. Install Swift 6.2 or later from https://www.swift.org/install/linux/"

exec 9>"$local_folder/run/lock"
flock --nonblock 9 || fail "Another make run is at work in this clone."

say "Building (debug; the first time takes several minutes)"
# The five products alone: a newcomer need not wait for the tests' own libraries.
for product in "${services[@]}" simulated-phone; do
    (cd "$root" && swift build --explicit-target-dependency-import-check error --product "$product") 9>&- ||
        fail "The build failed; see above."
done
say "Starting PostgreSQL on 127.0.0.1:$(port_of postgres)"
part postgres.sh start
say "Setting up mfa-core"
part configure.sh
part instance.sh
say "Starting the four services"
part suite.sh start
part walk.sh
print_summary
