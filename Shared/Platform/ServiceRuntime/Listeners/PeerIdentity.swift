// SPDX-License-Identifier: Apache-2.0

import NIOSSL
import SwiftASN1
import Synchronization
import X509

/// Who is at the other end of a connection, by the URIs in its client certificate.
///
/// The certificate's chain was verified in the handshake. A handler finds its caller in ``current``.
package final class PeerIdentity: Sendable {
    /// The peer of the request that this task answers; nil outside of one.
    @TaskLocal package static var current: PeerIdentity?

    private let names = Mutex<[String]>([])

    /// Such as `countersign://service/sdk-service`; empty for a client without a certificate.
    package var uris: [String] { names.withLock { $0 } }

    init() {}

    func learn(from certificate: NIOSSLCertificate) {
        guard let bytes = try? certificate.toDERBytes(), let parsed = try? Certificate(derEncoded: bytes),
            let alternatives = try? parsed.extensions.subjectAlternativeNames
        else { return }
        let uris = alternatives.compactMap { name -> String? in
            if case .uniformResourceIdentifier(let uri) = name { uri } else { nil }
        }
        names.withLock { $0 = uris }
    }
}
