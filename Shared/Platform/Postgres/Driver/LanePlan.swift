// SPDX-License-Identifier: Apache-2.0

/// How a lane is laid out, and how its sessions begin.
struct LanePlan: Sendable {
    let name: String
    let connections: Int
    let depth: Int
    let greeting: Statement

    /// Few connections, deep pipelines. Sessions are read-only, so that no write can slip past the rules for writes.
    static func read(_ connections: Int) -> Self {
        Self(
            name: "read", connections: connections, depth: Limits.readDepth,
            greeting: greeting("set_config('default_transaction_read_only', 'on', false)"))
    }

    /// More connections, shallow pipelines; transactions take theirs from here.
    static func write(_ connections: Int) -> Self {
        Self(name: "write", connections: connections, depth: Limits.writeDepth, greeting: greeting())
    }

    /// LISTEN and NOTIFY.
    static let channel = Self(name: "channel", connections: 1, depth: Limits.writeDepth, greeting: greeting())

    /// Sets what decoding relies on, and lets warnings through whatever the role's defaults are: a warning may be the
    /// only sign that a commit is not on the standby.
    private static func greeting(_ more: String...) -> Statement {
        let settings =
            [
                ("datestyle", "ISO, YMD"), ("timezone", "UTC"), ("bytea_output", "hex"),
                ("client_min_messages", "warning"),
            ]
            .map { "set_config('\($0)', '\($1)', false)" }
        return Statement("", "select " + (settings + more).joined(separator: ", "))
    }
}
