// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// `POST /users/{u}/bypasses`: the person's next sign-in is let in without a factor.
package struct CreateBypassRequest: APIRequest {
    /// 10–3600; 300 when absent.
    package var validSeconds: Int?
    /// 1–200 characters, kept in the audit.
    package var reason: String

    package static let keyPaths: Set<String> = ["validSeconds", "reason"]

    package init(validSeconds: Int? = nil, reason: String) {
        self.validSeconds = validSeconds
        self.reason = reason
    }
}

/// The answer to ``CreateBypassRequest``.
package struct BypassResponse: Codable, Sendable, Equatable {
    package var expiresAt: Instant

    package init(expiresAt: Instant) {
        self.expiresAt = expiresAt
    }
}
