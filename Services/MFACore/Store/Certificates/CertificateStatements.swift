// SPDX-License-Identifier: Apache-2.0
import Postgres

/// The internal certificate authority and what it issued.
enum CertificateStatements {
    /// Parameters: `$1` certificate (DER), `$2` sealed key, `$3` data key id.
    static let insertAuthority = Statement(
        "certificate.insert_authority",
        "insert into core.certificate_authority (certificate, sealed_key, key_id) values ($1, $2, $3)")

    /// Rows: the authority with the id of the installation.
    static let readAuthority = Statement(
        "certificate.read_authority",
        """
        select i.instance_id, a.certificate, a.sealed_key, a.key_id
        from core.certificate_authority a cross join core.instance i
        """)

    /// Parameters: `$1` serial, `$2` service, `$3` hosts, `$4` from, `$5` until, `$6` by whom.
    static let insert = Statement(
        "certificate.insert",
        """
        insert into core.certificate (serial, service, hosts, not_before, not_after, issued_by)
        values ($1, $2, $3::text[], $4, $5, $6)
        """)

    /// Parameters: `$1` service or null, `$2` limit. Rows: certificates, the latest first.
    static let list = Statement(
        "certificate.list",
        """
        select serial, service, hosts, not_before, not_after, issued_by from core.certificate
        where $1::text is null or service = $1
        order by issued_at desc, serial limit $2
        """)

    static let all: [Statement] = [insertAuthority, readAuthority, insert, list]
}
