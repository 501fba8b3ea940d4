// SPDX-License-Identifier: Apache-2.0
import Primitives
import ServiceRuntime

/// What a look into the accounts says about somebody's credentials.
enum CredentialVerdict: Equatable {
    case accepted(DoorAccount)
    case refused(CredentialRefusal)

    /// Compared with when there is no such secret, so that the same work is done.
    private static let noDigest = [UInt8](repeating: 0, count: 32)

    /// - Parameter peer: where the request comes from.
    init(_ claim: DoorClaim, from peer: IPAddress?, among page: AccountBook.Page) {
        if let fault = claim.fault {
            self = .refused(fault)
            return
        }
        let account: DoorAccount
        switch Self.account(claim, page) {
        case .accepted(let found): account = found
        case .refused(let reason):
            self = .refused(reason)
            return
        }
        guard !account.isDisabled else {
            self = .refused(.disabled)
            return
        }
        self = account.mayCall(from: peer) ? .accepted(account) : .refused(.foreignNetwork)
    }

    /// Whoever shows both is both: a certificate never helps a secret of another account, nor the other way round.
    private static func account(_ claim: DoorClaim, _ page: AccountBook.Page) -> CredentialVerdict {
        let named = claim.credentials.map { account(of: $0, page) }
        guard let certificate = claim.certificate else { return named ?? .refused(.malformed) }
        if case .refused? = named { return named ?? .refused(.malformed) }
        let owners = Set(certificate.marks.compactMap { page.owners[$0.description] })
        guard let owner = owners.first.flatMap({ page.accounts[$0] }), owners.count == 1 else {
            return .refused(.unknownCertificate)
        }
        if case .accepted(let other)? = named, other.name != owner.name { return .refused(.otherAccount) }
        return .accepted(owner)
    }

    private static func account(of credentials: BasicAuthorization, _ page: AccountBook.Page) -> CredentialVerdict {
        let account = page.accounts[credentials.name]
        let stored = account?.secrets[credentials.secretID]
        let isRight = ConstantTime.equal(credentials.digest, stored ?? noDigest)
        guard let account else { return .refused(.unknownAccount) }
        return stored != nil && isRight ? .accepted(account) : .refused(.wrongSecret)
    }
}

/// Why credentials were refused; told to the audit, never to the caller.
package enum CredentialRefusal: String, Sendable {
    /// None were sent.
    case missing
    case malformed
    case unknownAccount = "unknown_account"
    case wrongSecret = "wrong_secret"
    case disabled
    /// All was right but the place: somebody may have found the secret, and is not told that it is right.
    case foreignNetwork = "foreign_network"
    /// The certificate is no account's, or the marks of two accounts are on it.
    case unknownCertificate = "unknown_certificate"
    /// The certificate is one account's, name and secret are another's.
    case otherAccount = "other_account"
    /// Good in the handshake and not any more: expired or revoked, or its revocation list cannot be used.
    case badCertificate = "bad_certificate"
    /// Not looked at, because too many wrong ones came before.
    case throttled
}
