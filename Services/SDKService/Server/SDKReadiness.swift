// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import Primitives
package import ServiceRuntime

/// What sdk-service cannot work without.
package enum SDKReadiness {
    /// Codes: `database_unavailable`, `core_unreachable`.
    package static func checks(accounts: PostgresAccounts, calls: CoreCalls) -> [ReadinessCheck] {
        [
            check("database", code: "database_unavailable") { try await accounts.probe() },
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
