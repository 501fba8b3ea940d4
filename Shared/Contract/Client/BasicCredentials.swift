// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Primitives

/// A service account's name and secret, as the `Authorization` header carries them (RFC 7617).
package struct BasicCredentials: Sendable {
    private let header: SecretBytes

    /// - Parameters:
    ///   - name: the account's name; it has no colon.
    ///   - secret: the account's generated secret.
    package init(name: String, secret: SecretBytes) {
        let pair = secret.withBytes { Data(name.utf8) + [UInt8(ascii: ":")] + $0 }
        self.header = SecretBytes(utf8: "Basic " + pair.base64EncodedString())
    }

    func isSame(as other: BasicCredentials) -> Bool {
        header.withBytes { left in other.header.withBytes { ConstantTime.equal(left, $0) } }
    }

    var headerValue: String {
        header.withBytes { String(decoding: $0, as: UTF8.self) }
    }
}
