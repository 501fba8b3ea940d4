// SPDX-License-Identifier: Apache-2.0

package import Logging
import Metrics
package import NIOSSL
package import Primitives
import ServiceLifecycle
import Synchronization

/// Certificates that a service shows or trusts, by the key that names their file.
package struct WatchedCertificates: Equatable, Sendable {
    /// Such as `listener.certificate`.
    package let key: String
    /// When the first of them expires.
    package let expiry: Instant

    package init(key: String, expiry: Instant) {
        self.key = key
        self.expiry = expiry
    }

    /// What `tls` shows and trusts, those of the system aside.
    ///
    /// - Parameter roots: the key of the authorities, such as `clientCA`.
    package static func list(of tls: TLSConfiguration?, section: String, roots: String) -> [WatchedCertificates] {
        guard let tls else { return [] }
        let own = tls.certificateChain.compactMap { source in
            if case .certificate(let certificate) = source { certificate } else { nil }
        }
        var trusted: [NIOSSLCertificate] = []
        if case .certificates(let certificates) = tls.trustRoots { trusted = certificates }
        return [("\(section).certificate", own), ("\(section).\(roots)", trusted)].compactMap { key, certificates in
            let expiry = certificates.map { Instant(microseconds: Int64($0.notValidAfter) * 1_000_000) }.min()
            return expiry.map { WatchedCertificates(key: key, expiry: $0) }
        }
    }
}

/// Measures how long certificates are still good for, and says so in time.
package final class CertificateWatch: Service, Sendable {
    /// How long before the end it is said, once a day and whenever the service starts or reloads.
    package static let warning: Duration = .seconds(30 * 86_400)
    private static let interval: Duration = .seconds(60)
    private static let reminder: Duration = .seconds(86_400)

    private struct State {
        var watched: [WatchedCertificates]
        var toldAt: [String: Instant] = [:]
    }

    private let state: Mutex<State>
    private let logger: Logger
    private let now: @Sendable () -> Instant

    /// - Parameter now: the time of day; tests pass their own.
    package init(
        _ watched: [WatchedCertificates], logger: Logger, now: @escaping @Sendable () -> Instant = SystemClock.now
    ) {
        state = Mutex(State(watched: watched))
        self.logger = logger
        self.now = now
    }

    /// Prepares to watch others instead; nil when they are the same.
    package func preparing(_ watched: [WatchedCertificates]) -> (@Sendable () -> Void)? {
        guard state.withLock({ $0.watched }) != watched else { return nil }
        return {
            self.state.withLock { $0 = State(watched: watched) }
            self.look()
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                self.look()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Measures once, and tells what expires soon unless it was told today.
    package func look() {
        let now = now()
        let due = state.withLock { state in
            let due = state.watched.filter { one in
                let isTold = state.toldAt[one.key].map { now < $0 + Self.reminder } ?? false
                return one.expiry < now + Self.warning && !isTold
            }
            for one in due { state.toldAt[one.key] = now }
            return (watched: state.watched, told: due)
        }
        for one in due.watched {
            let left = (one.expiry - now) / .seconds(1)
            Gauge(label: "certificate.expiry.seconds", dimensions: [("key", one.key)]).record(left)
        }
        for one in due.told {
            let metadata: Logger.Metadata = ["key": "\(one.key)", "expires": "\(one.expiry)"]
            if one.expiry <= now {
                logger.error("certificate has expired", metadata: metadata)
            } else {
                logger.warning("certificate expires soon", metadata: metadata)
            }
        }
    }
}
