// SPDX-License-Identifier: Apache-2.0

import NIOCore
package import NIOSSL

/// TLS as every socket of the suite speaks it (R74): 1.2 and 1.3, forward-secret suites with authenticated encryption.
///
/// BoringSSL has no compression and no renegotiation asked for by a client; TLS 1.3 has no other kind of suite.
package enum TLSPolicy {
    /// The suites of TLS 1.2, by the names of OpenSSL.
    package static let cipherSuites = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ].joined(separator: ":")

    /// How long a closing connection waits for the peer's farewell.
    private static let farewellMax = TimeAmount.seconds(2)

    /// A server's side; with `clientCA` every client must show a certificate of that authority, or may.
    package static func server(
        certificates: [NIOSSLCertificate], key: NIOSSLPrivateKey, clientCA: [NIOSSLCertificate]?,
        isOptional: Bool = false
    ) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        if let clientCA {
            configuration.trustRoots = .certificates(clientCA)
            // A server has no name to compare a client's certificate with; the chain is verified in full.
            configuration.certificateVerification = isOptional ? .optionalVerification : .noHostnameVerification
            // Clients with several certificates choose by it.
            configuration.sendCANameList = isOptional
        }
        return restricted(configuration)
    }

    /// A client's side, which verifies chain and name; without `roots` it trusts those of the system.
    package static func client(
        roots: [NIOSSLCertificate]?, certificates: [NIOSSLCertificate], key: NIOSSLPrivateKey?
    ) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = roots.map { .certificates($0) } ?? .default
        configuration.certificateVerification = .fullVerification
        configuration.certificateChain = certificates.map { .certificate($0) }
        configuration.privateKey = key.map { .privateKey($0) }
        return restricted(configuration)
    }

    private static func restricted(_ configuration: TLSConfiguration) -> TLSConfiguration {
        var configuration = configuration
        configuration.minimumTLSVersion = .tlsv12
        configuration.maximumTLSVersion = .tlsv13
        configuration.cipherSuites = cipherSuites
        configuration.applicationProtocols = ["http/1.1"]
        configuration.renegotiationSupport = .none
        configuration.shutdownTimeout = farewellMax
        return configuration
    }
}
