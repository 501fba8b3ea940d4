// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Postgres
import Primitives
import ServiceRuntime

/// What must hold before mfa-core takes requests (R98): a database that takes writes and audit rows, keys, sane clocks, and a
/// listener to take them with.
enum CoreReadiness {
    static func checks(client: PostgresClient, keys: Milestone, listening: Milestone, clock: ClockSanity)
        -> [ReadinessCheck]
    {
        [
            ReadinessCheck("database") { await database(client, clock) },
            ReadinessCheck("keys") {
                keys.isReached
                    ? .ready : .notReady(code: "keys_not_loaded", detail: "the database has not given the keys out yet")
            },
            ReadinessCheck("listener") {
                listening.isReached
                    ? .ready : .notReady(code: "not_listening", detail: "the internal listener is not up yet")
            },
            ReadinessCheck("audit") { await audit(client) },
            ReadinessCheck("clock") {
                clock.isSane
                    ? .ready
                    : .notReady(code: "clock_skew", detail: "host and database clocks are more than 2 s apart")
            },
        ]
    }

    private static func database(_ client: PostgresClient, _ clock: ClockSanity) async -> ReadinessVerdict {
        let sent = WallClock.now()
        do throws(PostgresError) {
            let state = try await client.probe()
            clock.judge(database: state.time, sent: sent, received: WallClock.now())
            // A weaker setting would let a failover give spent passcodes back (R89).
            guard !["off", "local"].contains(state.synchronousCommit) else {
                return .notReady(
                    code: "unsafe_commit", detail: "synchronous_commit is \(state.synchronousCommit); it must be on")
            }
            return .ready
        } catch {
            return .notReady(code: "database_unavailable", detail: "\(error)")
        }
    }

    /// Asks for the right and the table without writing a row.
    private static func audit(_ client: PostgresClient) async -> ReadinessVerdict {
        do {
            let writable = try await CoreProbe.isAuditWritable(client)
            return writable ? .ready : .notReady(code: "audit_unwritable", detail: "no right to append audit rows")
        } catch {
            return .notReady(code: "audit_unwritable", detail: "\(error)")
        }
    }
}
