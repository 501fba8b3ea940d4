// SPDX-License-Identifier: Apache-2.0
package import HTTPTypes

extension HTTPField.Name {
    /// The name of a header that is written in the source.
    ///
    /// - Precondition: `text` is a header name (RFC 9110 §5.1).
    package static func fixed(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("not a header name: \(text)") }
        return name
    }

    /// The id of a request, accepted and echoed.
    package static let requestID = HTTPField.Name.fixed("X-Request-Id")

    static let forwarded = HTTPField.Name.fixed("Forwarded")
    static let xForwardedFor = HTTPField.Name.fixed("X-Forwarded-For")
    static let fetchSite = HTTPField.Name.fixed("Sec-Fetch-Site")
    static let openerPolicy = HTTPField.Name.fixed("Cross-Origin-Opener-Policy")
    static let permissionsPolicy = HTTPField.Name.fixed("Permissions-Policy")
    static let referrerPolicy = HTTPField.Name.fixed("Referrer-Policy")
    static let frameOptions = HTTPField.Name.fixed("X-Frame-Options")
}
