#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make test: one build, then everything but end-to-end in parallel, then end-to-end alone; last, how long each part took.
# test.sh [all|unit|end-to-end|soak]; ROUNDS is how often races are run. In the soak what compares times runs first, by
# itself; then the thousands of deaths, which take as long as all the rest, beside it.

# shellcheck source=deploy/development/common.sh
source "$(dirname "$0")/common.sh"
umask 022
export ROUNDS=${ROUNDS:-5}
# Hundreds of tests at once starve each other on a small machine, and deadlines pass that nobody meant to test.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${TEST_WIDTH:-8}

# What a run of swift test ends with: the tests that failed and why, and its summary. A run that crashed has no summary;
# then its last lines have to do.
closing_lines() {
    grep -E -A 12 '^✘ Test .* recorded an issue' "$1" |
        grep -E '^(✘ Test .* recorded an issue|[↳ ])' | cut -c 1-400 | head -n 80 || true
    grep -E '^✘ Test .* failed after' "$1" | grep -v '^✘ Test run' | head -n 40 || true
    grep -E '^[^ ]+ Test run with' "$1" || tail -n 15 "$1"
}

# Minutes and seconds: duration SECONDS
duration() {
    printf '%d:%02d' $(($1 / 60)) $(($1 % 60))
}

# Keeps how long a part took that began at $SECONDS = BEGIN: took NAME BEGIN
took() {
    times+=("$1 $(duration $((SECONDS - $2)))")
}

# Runs the tests and keeps what they print: run_tests NAME ARGUMENTS…; the result stands in $failed.
run_tests() {
    local name=$1 begin=$SECONDS
    shift
    say ""
    say "== $name: swift test $*"
    swift test --skip-build "$@" 2>&1 | tee "$logs/$name.log" || failed+=("$name")
    # A filter that matches nothing passes; that is no success.
    if ! grep -qE '^[^ ]+ Test run with [1-9]' "$logs/$name.log"; then failed+=("$name (no tests ran)"); fi
    ran+=("$name")
    took "$name" "$begin"
}

# Begins the deaths; they print nothing meanwhile.
begin_deaths() {
    say ""
    say "== deaths, beside the rest: $logs/deaths.log"
    nice -n 5 swift test --skip-build --ignore-lock --no-parallel --filter "$deaths" >"$logs/deaths.log" 2>&1 &
    deaths_run=$!
    # Whoever ends the soak ends them as well.
    trap 'kill -TERM "$deaths_run" 2>/dev/null || true' EXIT
}

# Waits for the deaths and keeps how they ended.
end_deaths() {
    wait "$deaths_run" || failed+=(deaths)
    trap - EXIT
    if ! grep -qE '^[^ ]+ Test run with [1-9]' "$logs/deaths.log"; then failed+=("deaths (no tests ran)"); fi
    ran+=(deaths)
    took deaths "$1"
}

# Where the time went: on two processors make test may take half an hour.
say_times() {
    say ""
    say "== minutes: $(printf '%s, ' "${times[@]}")all $(duration $SECONDS)"
}

"$development/install.sh" build run test
command -v swift >/dev/null ||
    fail "Swift is not installed or not in PATH. Install Swift 6.2 or later from https://www.swift.org/install/linux/"
cd "$root"
logs=$local_folder/log/tests
mkdir -p "$logs"
failed=()
ran=()
times=()
took installation 0

say "== build"
begin=$SECONDS
swift build --build-tests --explicit-target-dependency-import-check error || fail "The build failed; see above."
took build "$begin"
what=${1:-all}
deaths='EndToEndTests\..*AnyDeath'
comparisons='EndToEndTests\..*/Timing/'
case $what in
    all | unit) run_tests everything-else --parallel --skip EndToEndTests ;;&
    all | end-to-end) run_tests end-to-end --no-parallel --filter EndToEndTests ;;
    soak)
        run_tests times --no-parallel --filter "$comparisons"
        begin=$SECONDS
        begin_deaths
        run_tests end-to-end --ignore-lock --no-parallel --filter EndToEndTests --skip "$deaths" --skip "$comparisons"
        end_deaths "$begin"
        ;;
    unit) ;;
    *) fail "test.sh knows all, unit, end-to-end and soak, not $what." ;;
esac

say ""
for name in "${ran[@]}"; do
    say "== $name"
    closing_lines "$logs/$name.log"
done
say_times
[ "${#failed[@]}" -eq 0 ] || fail "Failed: ${failed[*]}. Everything that was printed: $logs"
