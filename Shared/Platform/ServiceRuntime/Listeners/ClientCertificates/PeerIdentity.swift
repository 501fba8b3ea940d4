// SPDX-License-Identifier: Apache-2.0

import NIOSSL
import Synchronization

/// Who is at the other end of a connection, by its client certificate.
///
/// The certificate's chain was verified in the handshake. A handler finds its caller in ``current``.
package final class PeerIdentity: Sendable {
    /// The peer of the request that this task answers; nil outside of one.
    @TaskLocal package static var current: PeerIdentity?

    /// The end of the peer's connection.
    package let end = ConnectionEnd()
    private let trust: ClientTrust?
    private let shown = Mutex<ClientCertificate?>(nil)

    /// Nil for a client without a certificate.
    package var certificate: ClientCertificate? { shown.withLock { $0 } }

    /// Such as `countersign://service/sdk-service`; empty for a client without a certificate.
    package var uris: [String] { certificate?.uris ?? [] }

    /// - Parameter certificate: what a test shows; in a listener the handshake does.
    package init(trust: ClientTrust? = nil, certificate: ClientCertificate? = nil) {
        self.trust = trust
        shown.withLock { $0 = certificate }
    }

    /// What is wrong with the certificate by now, on a connection that may be old; nil for a good one.
    package var objection: ClientObjection? {
        guard let trust, let certificate else { return nil }
        return trust.objection(to: certificate, at: SystemClock.now())
    }

    /// Reads the certificate of the handshake; what is wrong with it.
    func learn(from certificate: NIOSSLCertificate) -> ClientObjection? {
        guard let bytes = try? certificate.toDERBytes(), let read = ClientCertificate(der: bytes) else {
            return .unreadable
        }
        shown.withLock { $0 = read }
        return objection
    }
}
