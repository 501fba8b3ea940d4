#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints what bench.sh measured, with the bars it is held to: report.sh FOLDER
# Ends with 1 when a bar of cell e or g is missed; what waits and what fails must not depend on how fast a machine is. The
# others are told.

set -euo pipefail
measured=$1/results.tsv
services=$1/services.tsv
push=$1/push.tsv
waiting=$1/waiting.tsv
policy=$1/policy.tsv
keys=$1/keys.tsv

# Of each cell the run in the middle, by its rate: a busy neighbour of this machine falls upon some run every time.
results=$(mktemp)
trap 'rm -f "$results"' EXIT
sort -s -t $'\t' -k 2,2n -k 1,1 -k 3,3n "$measured" | awk -F '\t' '
    function keep() { if (count) print rows[int((count + 1) / 2)] }
    { if ($1 " " $2 != cell) { keep(); count = 0; cell = $1 " " $2 } rows[++count] = $0 }
    END { keep() }' >"$results"

describe_machine() {
    local processor
    processor=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
    echo "$(date -u +%F), $(nproc) processors (${processor:-unknown}), $(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' \
        /proc/meminfo) GiB, PostgreSQL 15 with synchronous_commit=on, everything on this one machine."
}

echo
describe_machine
cat <<'LEGEND'

a4  pgbench: begin, lock row, update step, insert audit row, commit     a1  pgbench: the same as one CTE
b   passcode checks: wrk, sdk-service, mfa-core, PostgreSQL              c   the same: wrk, stunnel, mfa-core, PostgreSQL
h   an empty two-hop over the same TLS                                  d   sign-ins by phone: started, waited for, approved
e   sign-ins that wait, and passcode checks at 8 connections meanwhile   f   decisions of a policy alone, on one processor
g   passcode checks at 8 connections before and while all secrets come under another data key
Processor time is in microseconds for one check, and shown for each program.

LEGEND
awk -F '\t' '
    BEGIN { printf "| cell | connections | checks/s | p50 ms | p95 ms | p99 ms | commits/check | processor time/check |\n"
        printf "|---|---|---|---|---|---|---|---|\n" }
    { printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5, $6, $7, $8 }' "$results"
echo
awk -F '\t' '
    BEGIN { printf "| service | start to ready, ms | idle, MiB | after the load, MiB |\n|---|---|---|---|\n" }
    { printf "| %s | %s | %s | %s |\n", $1, $2, $3, $4 }' "$services"
echo
if [ -s "$push" ]; then
    awk -F '\t' '
        BEGIN { printf "| d: people | sign-ins/s | start to phone p50 ms | p99 | largest | answer to caller p50 ms | p99 | largest |\n"
            printf "|---|---|---|---|---|---|---|---|\n" }
        { printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5, $6, $7, $8 }' "$push"
    echo
fi
if [ -s "$waiting" ]; then
    awk -F '\t' '
        BEGIN { printf "| e | mfa-core MiB | sdk-service MiB | threads of both | database connections | checks/s | p50 ms | p99 ms |\n"
            printf "|---|---|---|---|---|---|---|---|\n" }
        $1 != "answers" { printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, $4 + $5, $6, $7, $8, $9 }
        $1 == "answers" { answers = sprintf("\n%s waiting callers heard the right decision, %s a second; after their phone had answered: p50 %s ms, p99 %s ms, at most %s ms.\n",
            $2, $3, $4, $5, $6) }
        END { printf "%s", answers }' "$waiting"
    echo
fi
if [ -s "$policy" ]; then
    awk -F '\t' '
        BEGIN { printf "| f: lines | decisions/s | µs a decision |\n|---|---|---|\n" }
        { printf "| %s | %s | %s |\n", $1, $2, $3 }' "$policy"
    echo
fi
if [ -s "$keys" ]; then
    awk -F '\t' '
        BEGIN { printf "| g | secrets | rotation, s | checks/s | p99 ms of the slowest span | checks that failed |\n"
            printf "|---|---|---|---|---|---|\n" }
        { printf "| %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5, $6 }' "$keys"
    echo
fi
awk -F '\t' '
    function bar(name, value, limit, isAtLeast, unit) {
        met = isAtLeast ? value >= limit : value <= limit
        printf "| %s | %.2f%s | %s %s%s | %s |\n", name, value, unit, isAtLeast ? "at least" : "at most", limit, unit,
            met ? "met" : sprintf("missed by %.2f%s", isAtLeast ? limit - value : value - limit, unit)
        return met
    }
    function must(name, value, limit, unit) { if (!bar(name, value, limit, 0, unit)) missed++ }
    FILENAME == ARGV[1] { rate[$1, $2] = $3; p50[$1, $2] = $4; next }
    FILENAME == ARGV[4] { if ($1 == "rotating") failed = $6; next }
    FILENAME == ARGV[2] { if ($2 > slowest) slowest = $2; if ($3 > largest) largest = $3; next }
    { if ($1 == "answers") late = $6; else { core[$1] = $2; sdk[$1] = $3; threads[$1] = $4 + $5; sessions[$1] = $6; p99[$1] = $9 } }
    END {
        printf "| bar | measured | wanted | |\n|---|---|---|---|\n"
        if (("b", 64) in rate) {
            bar("b/a4 at 64 connections", rate["b", 64] / rate["a4", 64], 1.0, 1, "")
            bar("b/h at 64 connections", rate["b", 64] / rate["h", 64], 0.7, 1, "")
            bar("p50 of one check alone beyond a4", p50["b", 1] - p50["a4", 1], 3, 0, " ms")
        }
        bar("idle memory of the largest service", largest, 60, 0, " MiB")
        bar("start to ready of the slowest service", slowest, 1000, 0, " ms")
        if ("waiting" in core) {
            must("mfa-core while they wait", core["waiting"], 100, " MiB")
            must("sdk-service while they wait", sdk["waiting"], 500, " MiB")
            must("p99 of checks while they wait, of idle", p99["waiting"] / p99["idle"], 1.5, "")
            must("threads more while they wait", threads["waiting"] - threads["idle"], 8, "")
            must("database connections more while they wait", sessions["waiting"] - sessions["idle"], 0, "")
            must("the latest answer after its decision", late / 1000, 5, " s")
        }
        if (failed != "") must("checks that failed while keys turned over", failed, 0, "")
        if (("b", 64) in rate)
            printf "\nFor comparison: b/a1 %.2f, c/a4 %.2f at 64; b/a4 %.2f, b/h %.2f at 1; b/a4 %.2f, b/h %.2f at 256.\n",
                rate["b", 64] / rate["a1", 64], rate["c", 64] / rate["a4", 64],
                rate["b", 1] / rate["a4", 1], rate["b", 1] / rate["h", 1],
                rate["b", 256] / rate["a4", 256], rate["b", 256] / rate["h", 256]
        if (missed) {
            printf "\nMissed: %d of the bars that this run must meet.\n", missed
            exit 1
        }
    }' "$results" "$services" "$waiting" "$keys"
