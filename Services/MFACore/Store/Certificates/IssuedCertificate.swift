// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// A certificate that the internal authority signed for one of the services; the key is not kept.
package struct IssuedCertificate: Sendable, Equatable {
    /// Hexadecimal.
    package let serial: String
    package let service: String
    /// DNS names and addresses that it is good for.
    package let hosts: [String]
    package let notBefore: Instant
    package let notAfter: Instant
    /// Such as `cli:root`.
    package let issuedBy: String

    package init(
        serial: String, service: String, hosts: [String], notBefore: Instant, notAfter: Instant, issuedBy: String
    ) {
        self.serial = serial
        self.service = service
        self.hosts = hosts
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.issuedBy = issuedBy
    }
}
