#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make sanitize: all tests but those on the real binaries, once under the thread sanitizer and once under the address
# sanitizer: sanitize.sh [thread] [address]. Each is a build of its own (about ten minutes of processor time).

# shellcheck source=deploy/development/common.sh
source "$(dirname "$0")/common.sh"
umask 022
# Races are short here: the sanitizer sees an order that did not happen, too.
export ROUNDS=${ROUNDS:-1}
# Sanitized programs are several times slower; fewer at once keep the tests' deadlines.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${TEST_WIDTH:-4}
export SWIFT_BACKTRACE=enable=no
kinds=("$@")
[ "${#kinds[@]}" -gt 0 ] || kinds=(thread address)

"$development/install.sh" build run test
cd "$root"
logs=$local_folder/log/sanitize
mkdir -p "$logs"
failed=()
for kind in "${kinds[@]}"; do
    rm -f "$logs/$kind".report.*
    # Reports go to files, since tests of programs read what these print; every report fails the run.
    export TSAN_OPTIONS="log_path=$logs/thread.report"
    export ASAN_OPTIONS="log_path=$logs/address.report detect_leaks=0"
    say "== $kind: build"
    swift build --build-tests --sanitize="$kind" --scratch-path ".build-$kind" >"$logs/$kind-build.log" 2>&1 ||
        fail "The build failed:"$'\n'"$(grep -E 'error:' "$logs/$kind-build.log" | head -n 20)"
    say "== $kind: swift test"
    # Some tests run the programs themselves.
    export BINARIES=$root/.build-$kind/debug
    preload=
    if [ "$kind" = thread ]; then
        # Nothing is suppressed; the sanitizer is told of a lock that it cannot see.
        preload=$root/.build-thread/thread-sanitizer.so
        "$(dirname "$(readlink -f "$(command -v swiftc)")")/clang" -shared -fPIC -O1 -o "$preload" \
            "$development/thread-sanitizer.c" || fail "thread-sanitizer.c cannot be compiled; see above."
    fi
    env ${preload:+"LD_PRELOAD=$preload"} swift test --skip-build --sanitize="$kind" --scratch-path ".build-$kind" --parallel --skip EndToEndTests \
        2>&1 | tee "$logs/$kind.log" | grep -aE '^✘|^[^ ]+ Test run with' || true
    grep -aqE '^✔ Test run with [1-9]' "$logs/$kind.log" || failed+=("$kind (tests)")
    if compgen -G "$logs/$kind.report.*" >/dev/null; then
        failed+=("$kind (reports)")
        grep -ahE '^(SUMMARY|WARNING|ERROR)|^==[0-9]+==ERROR' "$logs/$kind".report.* | sort | uniq -c | head -n 40
    fi
done
[ "${#failed[@]}" -eq 0 ] || fail "Not clean: ${failed[*]}. Everything that was printed: $logs"
say "Clean: ${kinds[*]}"
