// SPDX-License-Identifier: Apache-2.0
import Primitives
import ServiceRuntime

/// Who a caller says it is: by name and secret, by its client certificate, or by both.
struct DoorClaim {
    let credentials: BasicAuthorization?
    /// Nil without a certificate.
    let certificate: ClientCertificate?
    /// What is wrong with it before any account is looked at.
    let fault: CredentialRefusal?

    /// Nil for a caller that says nothing of itself.
    ///
    /// - Parameters:
    ///   - field: the `Authorization` header.
    ///   - peer: the other end of the connection.
    init?(_ field: String?, _ peer: PeerIdentity?) {
        credentials = field.flatMap { BasicAuthorization($0) }
        certificate = peer?.certificate
        guard field != nil || certificate != nil else { return nil }
        if field != nil, credentials == nil {
            fault = .malformed
        } else {
            // The connection may be older than the revocation.
            fault = certificate != nil && peer?.objection != nil ? .badCertificate : nil
        }
    }

    /// How the audit names it, and what its failures are counted by.
    var name: String { credentials?.name ?? certificate?.marks.first?.description ?? "" }
}
