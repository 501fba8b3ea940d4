// SPDX-License-Identifier: Apache-2.0

/// The bounds of mobileapp-service, each with its reason.
enum Limits {
    /// Bytes of a phone's body; in base64url and with its headers it still fits what sdk-service takes.
    static let bodyBytesMax = 8 * 1024
    /// Bytes of an `X-Device-…` header: an id, a nonce and a signature are far shorter.
    static let deviceHeaderBytesMax = 256
    /// Bytes of a signed target; the longest holds one id.
    static let targetBytesMax = 1024
    /// How long sdk-service may take over one call.
    static let callDeadline: Duration = .seconds(10)
}
