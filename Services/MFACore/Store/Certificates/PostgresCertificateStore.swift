// SPDX-License-Identifier: Apache-2.0
package import MFADomain
package import Postgres
import Primitives

/// The internal certificate authority in the database, and the list of what it issued.
package struct PostgresCertificateStore: Sendable {
    /// Certificates in one list; an installation has some dozens.
    package static let listMax = 1000

    private let client: PostgresClient
    private let instance: String

    /// - Parameter instance: names this host in the audit.
    package init(client: PostgresClient, instance: String) {
        self.client = client
        self.instance = instance
    }

    /// The authority with its key opened.
    ///
    /// - Throws: ``KeyError`` when the database is not activated or the key does not open; ``PostgresError``.
    package func authority(_ keyring: Keyring) async throws -> AuthorityMaterial {
        guard let row = try await client.query(CertificateStatements.readAuthority).first else {
            throw KeyError(.notActivated, "This database is not activated yet; run mfa-core activate first.")
        }
        do {
            let key = try keyring.open(
                try row.bytes("sealed_key"), keyID: try row.integer("key_id"),
                at: AuthorityMaterial.place(in: try row.id("instance_id")))
            return AuthorityMaterial(certificate: try row.bytes("certificate"), privateKey: key)
        } catch let error as SealingError {
            throw KeyError(.damaged, "The certificate authority's key in the database does not open: \(error)")
        }
    }

    /// Writes down what was issued, with its audit row.
    package func record(_ certificate: IssuedCertificate, caller: Caller) async throws {
        let event = AuditEvent(
            "certificate.issued", outcome: "done",
            detail: [
                "service": certificate.service, "serial": certificate.serial,
                "hosts": certificate.hosts.joined(separator: " "), "notAfter": certificate.notAfter.description,
            ])
        try await client.withTransaction { transaction in
            _ = try await transaction.query(
                CertificateStatements.insert,
                [
                    .text(certificate.serial), .text(certificate.service), .texts(certificate.hosts),
                    .instant(certificate.notBefore), .instant(certificate.notAfter), .text(certificate.issuedBy),
                ])
            let (statement, values) = AuditStatements.appending([event], caller: caller, instance: instance)
            _ = try await transaction.finish(statement, values)
        }
    }

    /// What was issued, the latest first; for one service or for all.
    package func list(service: String? = nil, limit: Int = listMax) async throws(PostgresError) -> [IssuedCertificate] {
        var certificates: [IssuedCertificate] = []
        for row in try await client.query(CertificateStatements.list, [.text(service), .integer(limit)]) {
            certificates.append(
                IssuedCertificate(
                    serial: try row.text("serial"), service: try row.text("service"), hosts: try row.texts("hosts"),
                    notBefore: try row.instant("not_before"), notAfter: try row.instant("not_after"),
                    issuedBy: try row.text("issued_by")))
        }
        return certificates
    }
}
