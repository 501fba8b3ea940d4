// SPDX-License-Identifier: Apache-2.0

package import Logging
import Metrics
import Primitives
import ServiceLifecycle
import Synchronization

/// Reads revocation lists anew while the service runs, and raises the alarm when they cannot be used.
package struct RevocationWatch: Service {
    /// A list that an authority has just published counts after this long.
    private static let interval: Duration = .seconds(60)
    /// While nobody can come in by certificate.
    private static let faultyInterval: Duration = .seconds(5)

    private let trust: ClientTrust
    private let logger: Logger
    private let faults = Meter(label: "mfa.revocation.faults")
    private let left = Meter(label: "mfa.revocation.seconds_left")

    package init(_ trust: ClientTrust, logger: Logger) {
        self.trust = trust
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var known: [String] = []
            while !Task.isCancelled {
                let complaints = look()
                if complaints != known {
                    known = complaints
                    tell(complaints)
                }
                try? await Task.sleep(for: complaints.isEmpty ? Self.interval : Self.faultyInterval)
            }
        }
    }

    /// Reads the lists, measures, and says what is wrong.
    private func look() -> [String] {
        trust.reload()
        let (now, report) = (SystemClock.now(), trust.report)
        let complaints = report.complaints(at: now)
        faults.set(complaints.count)
        if let end = report.firstEnd { left.set(end.seconds - now.seconds) }
        return complaints
    }

    private func tell(_ complaints: [String]) {
        guard !complaints.isEmpty else {
            logger.notice("revocation lists are usable again")
            return
        }
        logger.error(
            "clients are refused: revocation lists cannot be used",
            metadata: ["faults": "\(complaints.joined(separator: "; "))"])
    }
}
