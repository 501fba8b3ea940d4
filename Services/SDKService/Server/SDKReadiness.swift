// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import Primitives
package import ServiceRuntime

/// What sdk-service cannot work without (R98).
package enum SDKReadiness {
    /// Without its audit the door could not refuse, and so not serve.
    private struct AuditUnwritable: Error, CustomStringConvertible {
        let description = "no right to append audit rows"
    }

    /// Codes: `database_unavailable`, `audit_unwritable`, `core_unreachable`.
    package static func checks(
        accounts: PostgresAccounts, audit: PostgresDoorAudit, calls: CoreCalls
    ) -> [ReadinessCheck] {
        [
            check("database", code: "database_unavailable") { try await accounts.probe() },
            check("audit", code: "audit_unwritable") {
                guard try await audit.isWritable() else { throw AuditUnwritable() }
            },
            check("core", code: "core_unreachable") { try await calls.ping() },
        ]
    }

    private static func check(
        _ name: String, code: String, _ look: @escaping @Sendable () async throws -> Void
    ) -> ReadinessCheck {
        ReadinessCheck(name) {
            do {
                try await look()
                return .ready
            } catch let problem as Problem {
                return .notReady(code: code, detail: problem.reason ?? problem.code.rawValue)
            } catch {
                return .notReady(code: code, detail: "\(name): \(error)")
            }
        }
    }
}
