// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Primitives

/// What `certificate issue`, `list` and `renew` do.
package enum CertificateAdministration {
    /// Names in one certificate; more would not fit what TLS peers accept in a handshake.
    private static let hostsMax = 32

    private enum FileName {
        static let certificate = "certificate.pem"
        static let key = "key.pem"
    }

    private struct ReportedCertificate: Encodable {
        let service: String
        let hosts: [String]
        let serial: String
        let notBefore: Instant
        let notAfter: Instant
        let issuedBy: String
        /// Where it was written; absent in a list, since the authority does not know where files are carried.
        var folder: String?

        init(_ certificate: IssuedCertificate, folder: String? = nil) {
            service = certificate.service
            hosts = certificate.hosts
            serial = certificate.serial
            notBefore = certificate.notBefore
            notAfter = certificate.notAfter
            issuedBy = certificate.issuedBy
            self.folder = folder
        }
    }

    /// Writes key, certificate, authority and a sample configuration into `folder`.
    package static func issue(
        _ service: String, hosts: [String], folder: String, replacing: Bool, _ options: CommandOptions
    ) async throws -> CommandReport {
        let service = try known(service)
        let hosts = try parsed(hosts)
        return try await CommandDatabase.runWithKeys(options) { client, keyring in
            let store = PostgresCertificateStore(client: client, instance: CommandLineCaller.host)
            return try await write(service, hosts, folder, replacing: replacing, store, keyring)
        }
    }

    /// The same for the hosts of the service's latest certificate, with a new key; replaces what is in `folder`.
    package static func renew(_ service: String, folder: String, _ options: CommandOptions) async throws
        -> CommandReport
    {
        let service = try known(service)
        return try await CommandDatabase.runWithKeys(options) { client, keyring in
            let store = PostgresCertificateStore(client: client, instance: CommandLineCaller.host)
            guard let latest = try await store.list(service: service.rawValue, limit: 1).first else {
                throw CommandFault.refused(
                    "\(service.rawValue) has no certificate yet; issue one with mfa-core certificate issue.")
            }
            return try await write(service, try parsed(latest.hosts), folder, replacing: true, store, keyring)
        }
    }

    /// Everything that was issued, or what was issued for one service.
    package static func list(_ options: CommandOptions) async throws -> CommandReport {
        try await CommandDatabase.run(options) { client in
            let store = PostgresCertificateStore(client: client, instance: CommandLineCaller.host)
            let certificates = try await store.list()
            var table = TextTable(["SERVICE", "HOSTS", "VALID UNTIL", "SERIAL", "ISSUED BY"])
            for certificate in certificates {
                table.add([
                    certificate.service, certificate.hosts.joined(separator: " "), certificate.notAfter.description,
                    certificate.serial, certificate.issuedBy,
                ])
            }
            return try CommandReport(
                table.text(empty: "No certificate was issued yet."),
                document: ReportedItems(certificates.map { ReportedCertificate($0) }))
        }
    }

    /// Files are on disk before the row says so, and get their names after it.
    private static func write(
        _ service: SuiteService, _ hosts: [CertificateHost], _ folder: String, replacing: Bool,
        _ store: PostgresCertificateStore, _ keyring: Keyring
    ) async throws -> CommandReport {
        var files = try StagedFiles(folder: folder, random: SystemRandomSource())
        if !replacing {
            for name in [FileName.certificate, FileName.key, service.authorityFile] where files.exists(name) {
                throw CommandFault.refused("“\(files.path(of: name))” is there already; --force replaces it.")
            }
        }
        defer { files.discard() }
        let authority = try InternalAuthority(try await store.authority(keyring))
        let caller = CommandLineCaller.current
        let issue = try authority.issue(
            service, hosts: hosts, at: MFACoreStore.WallClock.now(), by: caller.account)
        try files.stage(FileName.key, issue.keyPEM, mode: 0o600)
        try files.stage(FileName.certificate, SecretBytes(utf8: issue.certificatePEM), mode: 0o644)
        try files.stage(service.authorityFile, SecretBytes(utf8: try authority.pem), mode: 0o644)
        let sample = "\(service.rawValue).yaml"
        if !files.exists(sample) {
            try files.stage(sample, SecretBytes(utf8: SampleConfiguration.text(for: service)), mode: 0o644)
        }
        try await store.record(issue.certificate, caller: caller)
        try files.publish()
        let until = issue.certificate.notAfter.description.prefix(10)
        return try CommandReport(
            """
            Issued a certificate for \(service.rawValue), good for \(hosts.map(\.text).joined(separator: ", ")) until \
            \(until).
            In \(folder): \(FileName.key) (keep it secret), \(FileName.certificate), \(service.authorityFile), \(sample)

            """,
            document: ReportedCertificate(issue.certificate, folder: folder))
    }

    private static func known(_ name: String) throws -> SuiteService {
        guard let service = SuiteService(rawValue: name) else {
            let known = SuiteService.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFault.usage("There is no service “\(name)”; expected one of \(known).")
        }
        return service
    }

    private static func parsed(_ texts: [String]) throws -> [CertificateHost] {
        guard (1...hostsMax).contains(texts.count) else {
            throw CommandFault.usage("Expected 1 to \(hostsMax) hosts.")
        }
        return try texts.map { text in
            guard let host = CertificateHost(text) else {
                throw CommandFault.usage("“\(text)” is neither a host name nor an IP address.")
            }
            return host
        }
    }
}
