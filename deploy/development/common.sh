# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the development scripts share: where things are, which ports they use, how they speak. To be sourced.

# Each script uses its own part of what stands here.
# shellcheck disable=SC2034

set -euo pipefail
umask 077

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
# make bench has an instance of its own, and programs built otherwise.
local_folder=${LOCAL_FOLDER:-$root/.local}
development=$root/deploy/development
binaries=${BINARIES:-$root/.build/debug}
services=(mfa-core sdk-service user-portal mobileapp-service)
roles=(migrate core sdk portal signer)
database=countersign

ports_base=${PORTS:-8440}
declare -A port=([core]=0 [console]=1 [sdk]=2 [portal]=3 [mobile]=4 [admin]=10 [postgres]=20)

# Prints one clear sentence and ends everything.
fail() {
    printf '\n%s\n' "$*" >&2
    exit 1
}

# A step of the work, for the person who watches.
say() {
    printf '%s\n' "$*"
}

# The port of a part: `port_of sdk`.
port_of() {
    echo $((ports_base + port[$1]))
}

# The short name by which ports and settings call a service.
short_name() {
    case $1 in
        mfa-core) echo core ;;
        sdk-service) echo sdk ;;
        user-portal) echo portal ;;
        mobileapp-service) echo mobile ;;
    esac
}

# The admin listener of a service: livez, readyz and metrics.
admin_port_of() {
    echo $((ports_base + port[admin] + port[$(short_name "$1")]))
}

# Whether something listens on a port of this machine.
is_listening() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Who listens on a port, as far as this user may know.
listener_of() {
    local found=""
    if command -v ss >/dev/null; then
        found=$(ss -Hltnp "sport = :$1" 2>/dev/null | sed -n 's/.*users:((\"\([^\"]*\)\",pid=\([0-9]*\).*/\1, process \2/p' |
            head -n 1)
    fi
    echo "${found:-a program of another user}"
}

# Ends everything when a port is taken by somebody else: `require_free 8440 mfa-core`.
require_free() {
    if is_listening "$1"; then
        fail "Port $1 is needed for $2 but in use ($(listener_of "$1")). Choose other ports: make run PORTS=9440"
    fi
}

# The pid of a service that was started from this clone and still runs; nothing otherwise.
running_pid() {
    local pid executable
    pid=$(cat "$local_folder/run/$1.pid" 2>/dev/null) || return 0
    executable=$(readlink "/proc/$pid/exe" 2>/dev/null) || return 0
    if [ "${executable% (deleted)}" = "$(realpath "$binaries")/$1" ]; then echo "$pid"; fi
}

# Writes standard input to a file, whole or not at all.
write_file() {
    cat >"$1.new"
    mv -f "$1.new" "$1"
}

# A random password of letters and digits.
new_password() {
    openssl rand -hex 24
}

# Runs a command as root: as it is, or by sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}
