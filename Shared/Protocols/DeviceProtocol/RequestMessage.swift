// SPDX-License-Identifier: Apache-2.0

/// `countersign-request-v1`: proves that a request comes from the device, was not changed and is not an old one.
package struct RequestMessage: Sendable {
    /// What is signed.
    package let bytes: [UInt8]

    /// Nil when a value holds a line feed.
    ///
    /// - Parameters:
    ///   - method: in upper case, such as `GET`.
    ///   - target: the request target from `/api/v1` on, exactly as sent, query included.
    ///   - body: the bytes as sent; empty for none.
    package init?(method: String, target: String, body: [UInt8], deviceID: String, nonce: String) {
        let lines = ["countersign-request-v1", method, target, SignedLines.digest(body), deviceID, nonce]
        guard let bytes = SignedLines.bytes(of: lines) else { return nil }
        self.bytes = bytes
    }
}
