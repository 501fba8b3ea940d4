// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes

/// The response headers that tell browsers and caches how careful to be.
package enum SecurityProfile: Sendable {
    /// JSON for programs.
    case api
    /// Pages for people: everything from this origin alone, nothing inline, no frames.
    case pages

    private static let apiHeaders: HTTPFields = [
        .strictTransportSecurity: "max-age=31536000",
        .xContentTypeOptions: "nosniff",
    ]

    private static let pageHeaders: HTTPFields = [
        .strictTransportSecurity: "max-age=31536000",
        .xContentTypeOptions: "nosniff",
        .contentSecurityPolicy: """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
        connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; \
        frame-ancestors 'none'
        """,
        .frameOptions: "DENY",
        // Not `no-referrer`: under it browsers send `Origin: null` with forms, which then cannot prove where they
        // came from (Fetch Standard, "append a request Origin header"). Other sites are told nothing either way.
        .referrerPolicy: "same-origin",
        .openerPolicy: "same-origin",
        .crossOriginResourcePolicy: "same-origin",
        .permissionsPolicy: "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ]

    /// Adds what a handler has not set itself.
    func apply(to headers: inout HTTPFields) {
        let own = self == .api ? Self.apiHeaders : Self.pageHeaders
        for field in own where headers[field.name] == nil {
            headers.append(field)
        }
        guard headers[.cacheControl] == nil else { return }
        // Style sheets and pictures may be kept; whatever could be about a person may not.
        let isDocument = headers[.contentType].map { $0.hasPrefix("text/html") } ?? true
        if self == .api || isDocument { headers[.cacheControl] = "no-store" }
    }
}
