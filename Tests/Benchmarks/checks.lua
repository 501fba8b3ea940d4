-- SPDX-License-Identifier: Apache-2.0
-- wrk sends one prepared request after the other, each right once.
-- Arguments: FILE (lines “user passcode”), FIRST (lines to leave out), HEADERS (a file, one “Name: value” a line).

local threads = {}

function setup(thread)
    table.insert(threads, thread)
end

function init(arguments)
    lines = {}
    for line in io.lines(arguments[1]) do lines[#lines + 1] = line end
    position = tonumber(arguments[2])
    exhausted = false
    headers = {}
    for line in io.lines(arguments[3]) do
        local name, value = line:match("^([^:]+): (.*)$")
        headers[name] = value
    end
end

function request()
    position = position + 1
    local line = lines[position]
    if not line then
        exhausted = true
        wrk.thread:stop()
        line = lines[#lines]
    end
    local user, passcode = line:match("^(%S+) (%S+)$")
    local body = '{"user":"' .. user .. '","factor":"passcode","passcode":"' .. passcode .. '"}'
    return wrk.format("POST", nil, headers, body)
end

-- One line for the script that started this: numbers only, latencies in microseconds.
function done(summary, latency, requests)
    local errors = summary.errors
    local faults = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format(
        "RESULT %d %d %d %d %d %d %d %s\n", summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(95), latency:percentile(99), faults, threads[1]:get("position"),
        threads[1]:get("exhausted") and "exhausted" or "enough"))
end
