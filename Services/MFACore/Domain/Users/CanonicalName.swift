// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A person's name in the one form that is compared, stored uniquely and locked (R17).
package struct CanonicalName: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package var description: String { text }

    /// Characters a name may have after mapping.
    package static let charactersMax = 128

    /// Maps `given` to its canonical form; nil when no account can have that name.
    ///
    /// NFKC, Unicode case folding, NFKC again (folding can open new compositions), outer white space removed. A control
    /// character or line separator makes the name unknown. `DOMAIN\x` and `x@domain` map to `x` only for `domains`,
    /// which are compared in the same folded form; what is left is mapped again, so that a canonical name maps to itself.
    package init?(_ given: String, domains: IdentityDomains = IdentityDomains([])) {
        guard given.utf8.count <= 1024, var name = Self.folded(given) else { return nil }
        while let inner = Self.withoutDomain(name, domains) { name = inner }
        guard !name.isEmpty, name.count <= Self.charactersMax else { return nil }
        text = name
    }

    private static func withoutDomain(_ name: String, _ domains: IdentityDomains) -> String? {
        if let backslash = name.firstIndex(of: "\\"), domains.contains(String(name[..<backslash])) {
            return name[name.index(after: backslash)...].trimmingCharacters(in: .whitespacesAndNewlines)
        }
        if let at = name.lastIndex(of: "@"), domains.contains(String(name[name.index(after: at)...])) {
            return name[..<at].trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return nil
    }

    static func folded(_ given: String) -> String? {
        let hasControl = given.unicodeScalars.contains { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: true
            default: false
            }
        }
        guard !hasControl else { return nil }
        let compatible = given.precomposedStringWithCompatibilityMapping
        // Lower-casing the upper-case form folds what differs only there, such as ß and ss or final sigma.
        let caseless = compatible.uppercased().lowercased().unicodeScalars.map { $0 == "ς" ? "σ" : $0 }
        let name = String(String.UnicodeScalarView(caseless)).precomposedStringWithCompatibilityMapping
        return name.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// The domains whose names are ours, from configuration (`identity.domains`).
package struct IdentityDomains: Sendable {
    private let folded: Set<String>

    package init(_ domains: [String]) {
        folded = Set(domains.compactMap(CanonicalName.folded))
    }

    func contains(_ domain: String) -> Bool { folded.contains(domain) }
}
