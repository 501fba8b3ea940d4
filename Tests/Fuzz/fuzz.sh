#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make fuzz: libFuzzer looks for bytes for which a parser does not keep what it promises: fuzz.sh [SECONDS] [TARGET…]
# It begins with a copy of the corpus; what it finds stays under .local/fuzz. A finding is kept as a file of the corpus.

# shellcheck source=deploy/development/common.sh
source "$(dirname "$0")/../../deploy/development/common.sh"
umask 022
seconds=${1:-60}
shift || true
declare -A programs=(
    [strict-json]=FuzzStrictJSON [base32]=FuzzBase32 [canonical-names]=FuzzCanonicalNames
    [device-messages]=FuzzDeviceMessages [activation-links]=FuzzActivationLinks [configuration]=FuzzConfiguration
)
targets=("$@")
[ "${#targets[@]}" -gt 0 ] || mapfile -t targets < <(printf '%s\n' "${!programs[@]}" | sort)

"$development/install.sh" build
cd "$root"
scratch=.build-fuzz
export COUNTERSIGN_FUZZ=1
# With the crash backtracer on, a crash would take minutes.
export SWIFT_BACKTRACE=enable=no
# Foundation and the runtime keep what they make once; memory that grows is caught by the limit below.
export ASAN_OPTIONS=detect_leaks=0

for target in "${targets[@]}"; do
    [ -n "${programs[$target]:-}" ] || fail "There is no target $target; there are: ${!programs[*]}"
    say "== build ${programs[$target]}"
    # SwiftPM says fuzzer, so that it leaves main to libFuzzer; the compiler is told both, as the last word counts.
    swift build --scratch-path "$scratch" --sanitize=fuzzer -Xswiftc -sanitize=fuzzer,address \
        --product "${programs[$target]}" >"$local_folder/log/fuzz-build.log" 2>&1 ||
        fail "The build failed:"$'\n'"$(grep -E 'error:' "$local_folder/log/fuzz-build.log" | head -n 20)"
done

failed=()
summary=()
for target in "${targets[@]}"; do
    folder=$local_folder/fuzz/$target
    rm -rf "$folder"
    mkdir -p "$folder/corpus" "$folder/findings"
    cp "Tests/Fuzz/corpus/$target"/* "$folder/corpus/"
    say "== $target, $seconds s"
    if ! "$scratch/debug/${programs[$target]}" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
        -print_final_stats=1 -artifact_prefix="$folder/findings/" "$folder/corpus" >"$folder/log" 2>&1; then
        failed+=("$target")
        tail -n 25 "$folder/log"
    fi
    runs=$(sed -n -E 's/^stat::number_of_executed_units: *//p' "$folder/log")
    coverage=$(grep -oE 'cov: [0-9]+ ft: [0-9]+' "$folder/log" | tail -n 1 || true)
    summary+=("$(printf '  %-18s %10s executions  %s' "$target" "${runs:-?}" "${coverage:-no coverage}")")
done

say ""
printf '%s\n' "${summary[@]}"
[ "${#failed[@]}" -eq 0 ] || fail "Found something in: ${failed[*]}. The bytes: $local_folder/fuzz/TARGET/findings"
