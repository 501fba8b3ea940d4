#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that are missing, and says which and why: install.sh [build] [run] [test]
# The stage test also gets what python.txt lists, from PyPI, into .local/python.

# shellcheck source=deploy/development/common.sh
source "$(dirname "$0")/common.sh"
mkdir -p "$local_folder/log"
umask 022

require_debian() {
    command -v apt-get >/dev/null ||
        fail "This machine has no apt-get. Install what deploy/development/packages.txt lists by hand, then run again" \
            "with SKIP_INSTALL=1."
}

# The packages of the stages in "$@" that are not installed, one a line, with the reason.
missing_packages() {
    local package stages why stage
    while read -r package stages why; do
        case $package in '' | '#'*) continue ;; esac
        for stage in "$@"; do
            case ",$stages," in
                *",$stage,"*)
                    is_installed "$package" || printf '%s\t%s\n' "$package" "$why"
                    break
                    ;;
            esac
        done
    done <"$development/packages.txt"
}

is_installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Debian's PostgreSQL starts a cluster on port 5432 as soon as it is installed, unless this is said first.
prevent_main_cluster() {
    local settings=/etc/postgresql-common/createcluster.conf
    say "  (no cluster of Debian's own: create_main_cluster = false in $settings)"
    apt_get install postgresql-common
    if as_root grep -qE '^[[:space:]]*create_main_cluster' "$settings"; then
        as_root sed -i -E 's/^[[:space:]]*create_main_cluster.*/create_main_cluster = false/' "$settings"
    else
        echo 'create_main_cluster = false' | as_root tee -a "$settings" >/dev/null
    fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get --yes --quiet --no-install-recommends "$@" \
        >>"$log" 2>&1 || fail "apt-get $* failed. Its last lines:"$'\n'"$(tail -n 8 "$log")"
}

# Without root and without sudo nothing can be installed: says what to run instead.
require_rights() {
    [ "$(id -u)" -eq 0 ] && return
    if command -v sudo >/dev/null && sudo -v; then return; fi
    local first=""
    case " $* " in
        *" postgresql-15 "*) first="  apt-get install --yes postgresql-common
  echo 'create_main_cluster = false' >>/etc/postgresql-common/createcluster.conf
" ;;
    esac
    fail "These packages can be installed by root only, and sudo is of no help here. As root, run:

  apt-get update
$first  apt-get install --yes --no-install-recommends $*

and then this command again."
}

# What the tests need from PyPI, as python.txt lists it; made anew when the list is another one.
install_python() {
    local folder=$local_folder/python wanted=$development/python.txt
    cmp --silent "$wanted" "$folder/installed.txt" && return
    say "Installing into .local/python from PyPI: $(grep -v '^#' "$wanted" | paste -sd ' ')"
    rm -rf "$folder"
    if ! /usr/bin/python3 -m venv "$folder" >>"$local_folder/log/pip.log" 2>&1 ||
        ! "$folder/bin/pip" install --quiet --requirement "$wanted" >>"$local_folder/log/pip.log" 2>&1; then
        fail "pip failed. Its last lines:"$'\n'"$(tail -n 8 "$local_folder/log/pip.log")"
    fi
    cp "$wanted" "$folder/installed.txt"
}

# Whatever this installs, last: the packages come first.
finish() {
    case " $* " in *" test "*) install_python ;; esac
    exit 0
}

[ "${SKIP_INSTALL:-}" = 1 ] && exit 0
require_debian
missing=$(missing_packages "$@")
[ -z "$missing" ] && finish "$@"

say "Installing what is missing from Debian:"
printf '%s\n' "$missing" | while IFS=$'\t' read -r package why; do printf '  %-22s %s\n' "$package" "$why"; done
mapfile -t packages < <(printf '%s\n' "$missing" | cut -f 1)
require_rights "${packages[@]}"

log=$local_folder/log/apt.log
apt_get update
if printf '%s\n' "${packages[@]}" | grep -qx 'postgresql-15'; then prevent_main_cluster; fi
apt_get install "${packages[@]}"
say "Installed."
finish "$@"
