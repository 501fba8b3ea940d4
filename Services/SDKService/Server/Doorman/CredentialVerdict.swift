// SPDX-License-Identifier: Apache-2.0
import Primitives

/// What a look into the accounts says about somebody's credentials.
enum CredentialVerdict: Equatable {
    case accepted(DoorAccount)
    case refused(CredentialRefusal)

    /// Compared with when there is no such secret, so that the same work is done.
    private static let noDigest = [UInt8](repeating: 0, count: 32)

    /// - Parameter peer: where the request comes from.
    init(_ credentials: BasicAuthorization, from peer: IPAddress?, among accounts: [String: DoorAccount]) {
        let account = accounts[credentials.name]
        let stored = account?.secrets[credentials.secretID]
        let isRight = ConstantTime.equal(credentials.digest, stored ?? Self.noDigest)
        guard let account else {
            self = .refused(.unknownAccount)
            return
        }
        guard stored != nil, isRight else {
            self = .refused(.wrongSecret)
            return
        }
        guard !account.isDisabled else {
            self = .refused(.disabled)
            return
        }
        self = account.mayCall(from: peer) ? .accepted(account) : .refused(.foreignNetwork)
    }
}

/// Why credentials were refused; told to the audit, never to the caller.
package enum CredentialRefusal: String, Sendable {
    case malformed
    case unknownAccount = "unknown_account"
    case wrongSecret = "wrong_secret"
    case disabled
    /// All was right but the place: somebody may have found the secret, and is not told that it is right.
    case foreignNetwork = "foreign_network"
    /// Not looked at, because too many wrong ones came before.
    case throttled
}
