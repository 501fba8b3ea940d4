// SPDX-License-Identifier: Apache-2.0

/// What a dishonest phone, or somebody between it and the service, changes on the way; nothing by default.
package struct Tampering: Sendable {
    package typealias Change = @Sendable ([UInt8]) -> [UInt8]

    /// Changes nothing.
    package static let none = Tampering()

    /// The lines of an activation or an answer, before they are signed.
    package var message: Change?
    /// The signature over those lines.
    package var signature: Change?
    /// The body, before the request is signed.
    package var body: Change?
    /// The lines of the request, before they are signed.
    package var requestMessage: Change?
    /// The signature over the lines of the request.
    package var requestSignature: Change?
    /// The body, after the request was signed.
    package var sentBody: Change?
    /// The target, after the request was signed, such as `/api/v1/challenges`.
    package var sentTarget: String?
    /// Stands in the header and in the signed lines instead of the phone's own id.
    package var deviceID: String?
    /// Stands in the header and in the signed lines instead of a fresh nonce.
    package var nonce: String?
    /// Stands in the header as it is, in place of any signature over the request.
    package var signatureHeader: String?
    /// Stands in the header in place of `application/json`.
    package var contentType: String?

    package init() {}

    /// One change, such as `Tampering(\.sentBody) { _ in [] }`.
    package init(_ place: WritableKeyPath<Self, Change?>, _ change: @escaping Change) {
        self[keyPath: place] = change
    }

    /// One replaced text, such as `Tampering(\.nonce, "spent")`.
    package init(_ place: WritableKeyPath<Self, String?>, _ text: String) {
        self[keyPath: place] = text
    }
}
