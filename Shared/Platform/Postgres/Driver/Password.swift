// SPDX-License-Identifier: Apache-2.0

internal import Primitives
internal import Synchronization

/// The database role's password, which may change while connections stand.
final class Password: Sendable {
    private let value: Mutex<SecretBytes?>

    init(_ password: SecretBytes?) {
        value = Mutex(password)
    }

    /// What the next connection logs in with.
    var present: SecretBytes? { value.withLock { $0 } }

    func isSame(as other: SecretBytes?) -> Bool {
        switch (present, other) {
        case (nil, nil): true
        case (let present?, let other?):
            present.withBytes { left in other.withBytes { ConstantTime.equal(left, $0) } }
        case (nil, _?), (_?, nil): false
        }
    }

    func use(_ password: SecretBytes?) {
        value.withLock { $0 = password }
    }
}
