// SPDX-License-Identifier: Apache-2.0

package import NIOSSL
import Synchronization

/// A listener's side of TLS, which may be replaced while it listens.
///
/// Every handshake takes what holds at its beginning, so connections that stand are not touched. A new context knows no
/// session of an old one: nobody resumes what an authority that is gone once vouched for.
package final class ListenerTLS: Sendable {
    /// What one connection's handshake is made with.
    struct Terms: Sendable {
        let context: NIOSSLContext
        /// Whether the client must show a certificate.
        let isMutual: Bool
    }

    private struct State {
        var configuration: TLSConfiguration?
        var terms: Terms?
    }

    private let state: Mutex<State>

    /// - Parameter configuration: nil for plain HTTP.
    package init(_ configuration: TLSConfiguration?) {
        state = Mutex(State(configuration: configuration))
    }

    /// What the next handshake is made with; nil for plain HTTP.
    func terms() throws -> Terms? {
        try state.withLock { state in
            if let terms = state.terms { return terms }
            guard let configuration = state.configuration else { return nil }
            let terms = try Self.terms(of: configuration)
            state.terms = terms
            return terms
        }
    }

    /// Prepares a change; nil when nothing is different. A listener does not change between plain and TLS.
    package func preparing(_ fresh: TLSConfiguration?) throws -> (@Sendable () -> Void)? {
        guard let fresh, let present = state.withLock({ $0.configuration }), !present.isLike(fresh) else {
            return nil
        }
        let terms = try Self.terms(of: fresh)
        return { self.state.withLock { $0 = State(configuration: fresh, terms: terms) } }
    }

    private static func terms(of configuration: TLSConfiguration) throws -> Terms {
        Terms(
            context: try NIOSSLContext(configuration: configuration),
            isMutual: configuration.demandsCertificate)
    }
}

extension TLSConfiguration {
    /// Whether handshakes come out the same, by what differs between two configurations of ``TLSPolicy``.
    ///
    /// NIOSSL's own comparison looks at callbacks as well, none of which we set, byte by byte, and may find two alike
    /// to be different.
    func isLike(_ other: TLSConfiguration) -> Bool {
        certificateChain == other.certificateChain && privateKey == other.privateKey && trustRoots == other.trustRoots
            && certificateVerification == other.certificateVerification
    }

    /// Whether the other side must show a certificate; one that is only asked for it may come without.
    var demandsCertificate: Bool {
        switch certificateVerification {
        case .none: false
        case .noHostnameVerification, .fullVerification: true
        }
    }
}
