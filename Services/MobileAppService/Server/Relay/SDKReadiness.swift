// SPDX-License-Identifier: Apache-2.0
import MFAClient
package import ServiceRuntime
import Synchronization

/// Whether sdk-service does this service's work.
package final class SDKReadiness: Sendable {
    private let calls: SDKCalls
    private let now: @Sendable () -> ContinuousClock.Instant
    /// What a refusal said, and until when it is taken for still true.
    private let refusal = Mutex<(verdict: ReadinessVerdict, until: ContinuousClock.Instant)?>(nil)

    package init(
        calls: SDKCalls, now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.calls = calls
        self.now = now
    }

    /// Codes: `sdk_unavailable`, `sdk_refuses_account`.
    package var check: ReadinessCheck {
        ReadinessCheck("sdk") { await self.look() }
    }

    private func look() async -> ReadinessVerdict {
        let known = refusal.withLock { $0 }
        if let known, now() < known.until { return known.verdict }
        do {
            switch try await calls.probe() {
            case .ready:
                refusal.withLock { $0 = nil }
                return .ready
            case .accountRefused(let status):
                let verdict = ReadinessVerdict.notReady(
                    code: "sdk_refuses_account",
                    detail: "sdk-service answers \(status): see sdk.account and sdk.secretFile")
                refusal.withLock { $0 = (verdict, now() + Limits.refusedPause) }
                return verdict
            case .unavailable(let status):
                return .notReady(code: "sdk_unavailable", detail: "sdk-service answers \(status)")
            }
        } catch {
            return .notReady(code: "sdk_unavailable", detail: "sdk-service: \(error)")
        }
    }
}
