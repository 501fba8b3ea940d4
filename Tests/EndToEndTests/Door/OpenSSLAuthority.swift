// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestKit

/// An organisation's certificate authority, kept with openssl: other people's code makes what we have to understand.
struct OpenSSLAuthority {
    let folder: String

    /// The file with its certificate.
    var certificate: String { "\(folder)/ca.pem" }
    /// The file with its revocation list, as of ``publish()``.
    var list: String { "\(folder)/ca.crl" }

    init(in folder: String) async throws {
        self.folder = folder
        try Workshop.write(
            """
            [ca]
            default_ca = own
            [own]
            dir = \(folder)
            database = \(folder)/index.txt
            serial = \(folder)/serial
            crlnumber = \(folder)/crlnumber
            new_certs_dir = \(folder)
            certificate = \(folder)/ca.pem
            private_key = \(folder)/ca.key
            default_md = sha256
            default_days = 2
            default_crl_days = 2
            policy = any
            [any]
            commonName = supplied
            [request]
            distinguished_name = any
            [authority]
            basicConstraints = critical,CA:true
            keyUsage = critical,keyCertSign,cRLSign
            subjectKeyIdentifier = hash

            """, to: "\(folder)/ca.cnf")
        try Workshop.write("", to: "\(folder)/index.txt")
        try Workshop.write("1000\n", to: "\(folder)/serial")
        try Workshop.write("01\n", to: "\(folder)/crlnumber")
        try await openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=organisation", "-config", "\(folder)/ca.cnf", "-extensions", "authority", "-keyout",
            "\(folder)/ca.key", "-out", certificate)
        try await publish()
    }

    /// A certificate with its key, in a folder that ``WebClient`` takes for an identity.
    ///
    /// - Parameters:
    ///   - uses: extended key usages as openssl calls them.
    ///   - days: from when to when it is good, counted from now.
    func issue(
        _ name: String, uses: String = "clientAuth", san: String? = nil, days: ClosedRange<Int> = -1...2
    ) async throws -> String {
        let own = "\(folder)/\(name)"
        try Workshop.write(
            "[leaf]\nextendedKeyUsage = \(uses)\nsubjectAltName = \(san ?? "URI:countersign://account/\(name)")\n",
            to: "\(own)/leaf.cnf")
        try await openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)", "-config",
            "\(folder)/ca.cnf", "-keyout", "\(own)/key.pem", "-out", "\(own)/request.pem")
        try await openssl(
            "ca", "-batch", "-notext", "-config", "\(folder)/ca.cnf", "-in", "\(own)/request.pem", "-out",
            "\(own)/certificate.pem", "-startdate", Self.date(days.lowerBound), "-enddate", Self.date(days.upperBound),
            "-extfile", "\(own)/leaf.cnf", "-extensions", "leaf")
        return own
    }

    /// Revokes a certificate; nobody hears of it before ``publish()``.
    func revoke(_ identity: String) async throws {
        try await openssl("ca", "-config", "\(folder)/ca.cnf", "-revoke", "\(identity)/certificate.pem")
    }

    /// Writes the revocation list.
    func publish() async throws {
        try await openssl("ca", "-config", "\(folder)/ca.cnf", "-gencrl", "-out", list)
    }

    private func openssl(_ arguments: String...) async throws {
        let end = try await ChildProcess.run(
            .init(
                "/usr/bin/openssl", arguments, environment: ["PATH": "/usr/bin:/bin", "HOME": folder], folder: folder))
        guard end.status == 0 else { throw TestKitError("openssl \(arguments[0]): \(end.errors)") }
    }

    private static func date(_ days: Int) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "yyyyMMddHHmmss'Z'"
        return formatter.string(from: Date().addingTimeInterval(Double(days) * 86_400))
    }
}
