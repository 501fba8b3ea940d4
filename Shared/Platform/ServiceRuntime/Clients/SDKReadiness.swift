// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Whether sdk-service does the work of a service that has an account there (R98).
package final class SDKReadiness: Sendable {
    /// What a look at sdk-service found.
    package enum Probe: Equatable, Sendable {
        case ready
        /// The door refuses the account or its secret.
        case accountRefused(status: Int)
        case unavailable(status: Int)
    }

    /// A refused account is tried again only so often, because each try counts as a wrong credential.
    private static let refusedPause: Duration = .seconds(15)

    private let probe: @Sendable () async throws -> Probe
    private let now: @Sendable () -> ContinuousClock.Instant
    /// What a refusal said, and until when it is taken for still true.
    private let refusal = Mutex<(verdict: ReadinessVerdict, until: ContinuousClock.Instant)?>(nil)

    /// - Parameters:
    ///   - now: the monotonic clock; tests pass their own.
    ///   - probe: a call that does nothing but needs the account.
    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        probe: @escaping @Sendable () async throws -> Probe
    ) {
        self.now = now
        self.probe = probe
    }

    /// Codes: `sdk_unavailable`, `sdk_refuses_account`.
    package var check: ReadinessCheck {
        ReadinessCheck("sdk") { await self.look() }
    }

    private func look() async -> ReadinessVerdict {
        let known = refusal.withLock { $0 }
        if let known, now() < known.until { return known.verdict }
        do {
            switch try await probe() {
            case .ready:
                refusal.withLock { $0 = nil }
                return .ready
            case .accountRefused(let status):
                let verdict = ReadinessVerdict.notReady(
                    code: "sdk_refuses_account",
                    detail: "sdk-service answers \(status): see sdk.account and sdk.secretFile")
                refusal.withLock { $0 = (verdict, now() + Self.refusedPause) }
                return verdict
            case .unavailable(let status):
                return .notReady(code: "sdk_unavailable", detail: "sdk-service answers \(status)")
            }
        } catch {
            return .notReady(code: "sdk_unavailable", detail: "sdk-service: \(error)")
        }
    }
}
