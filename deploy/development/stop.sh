#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make stop: stops services and database. make reset: stop.sh --remove-data also deletes what they know.

# shellcheck source=deploy/development/common.sh
source "$(dirname "$0")/common.sh"

if [ "${1:-}" = --remove-data ] && [ "${YES:-}" != 1 ]; then
    [ -t 0 ] || fail "make reset deletes the database, keys and accounts of this clone. To say yes: make reset YES=1"
    read -r -p "Delete the database, keys and accounts of this clone? [y/N] " reply
    case $reply in y | Y | yes) ;; *) fail "Nothing was deleted." ;; esac
fi

if [ -d "$local_folder" ]; then
    "$development/suite.sh" stop
    "$development/postgres.sh" stop
fi
if [ "${1:-}" = --remove-data ]; then
    "$development/postgres.sh" remove
    rm -rf "$local_folder"
    say "  data removed"
fi
