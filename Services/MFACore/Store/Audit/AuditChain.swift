// SPDX-License-Identifier: Apache-2.0
import Crypto

/// The hash chain over the audit (R86): whoever changes, removes, inserts or moves a row changes every hash behind it.
///
/// `h₀` is 32 zero bytes, and `hᵢ = SHA-256("mfa-audit-v1" ‖ 0x00 ‖ hᵢ₋₁ ‖ canonical JSON of row i)`. The form of the JSON is
/// ``CanonicalJSON``'s, what stands in it ``CanonicalAuditRow``'s. docs/operating/audit.md describes both for those who
/// check the chain with a program of their own.
package enum AuditChain {
    /// The hash before the first row.
    package static let start = [UInt8](repeating: 0, count: 32)

    private static let label = Array("mfa-audit-v1".utf8) + [0]

    /// The hash of the row whose canonical JSON is `row`, which follows the one with the hash `previous`.
    package static func hash(after previous: [UInt8], row: some Sequence<UInt8>) -> [UInt8] {
        var digest = SHA256()
        digest.update(data: label)
        digest.update(data: previous)
        digest.update(data: Array(row))
        return Array(digest.finalize())
    }
}
