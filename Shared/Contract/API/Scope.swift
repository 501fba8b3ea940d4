// SPDX-License-Identifier: Apache-2.0

/// What a service account may do. No scope can approve a sign-in.
package enum Scope: String, CaseIterable, Sendable, Codable {
    /// Start and check sign-ins of its own application.
    case authenticate
    /// Administer users and their factors.
    case manageUsers = "manage-users"
    /// Read the audit.
    case readAudit = "read-audit"
    /// Act for the one person whose ticket it presents.
    case portal
    /// The six device operations that a phone needs.
    case mobile
}
