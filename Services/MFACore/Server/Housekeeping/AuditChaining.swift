// SPDX-License-Identifier: Apache-2.0
package import Logging
package import MFACoreStore
import Metrics
import ServiceLifecycle

/// Chains the audit's rows a second after they were written, beside everything else (R86).
package struct AuditChaining: Service {
    private let chain: PostgresAuditChain
    private let logger: Logger
    private let chained = Counter(label: "mfa.audit.chained")
    private let unchained = Gauge(label: "mfa.audit.unchained.seconds")
    private let unsigned = Gauge(label: "mfa.audit.unsigned.seconds")

    package init(chain: PostgresAuditChain, logger: Logger) {
        self.chain = chain
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            // A database that is away is told of once, not every second.
            var isFailing = false
            while !Task.isCancelled {
                var isFull = false
                do {
                    let run = try await chain.run()
                    isFull = run?.isFull == true
                    chained.increment(by: run?.chained ?? 0)
                    if !isFull {
                        let backlog = try await chain.backlog()
                        unchained.record(backlog.unchained)
                        unsigned.record(backlog.unsigned)
                    }
                    isFailing = false
                } catch {
                    if !isFailing { logger.warning("the audit was not chained", metadata: ["error": "\(error)"]) }
                    isFailing = true
                }
                if !isFull { try? await Task.sleep(for: .seconds(1)) }
            }
        }
    }
}
