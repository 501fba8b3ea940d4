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
        // Most names are ASCII, where all of what follows is lower-casing.
        let printable = UInt8(ascii: " ")...UInt8(ascii: "~")
        if given.utf8.allSatisfy({ printable.contains($0) }) {
            let name = given.utf8.drop { $0 == UInt8(ascii: " ") }
            let end = name.lastIndex { $0 != UInt8(ascii: " ") }.map { name.index(after: $0) } ?? name.startIndex
            return String(decoding: name[..<end], as: UTF8.self).lowercased()
        }
        return foldedBeyondASCII(given)
    }

    private static func foldedBeyondASCII(_ given: String) -> String? {
        let hasControl = given.unicodeScalars.contains { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: true
            default: false
            }
        }
        guard !hasControl else { return nil }
        var name = fold(given)
        // Folding can open new compositions and these new foldings; the form that is compared must fold to itself.
        for _ in 0..<foldsMax {
            let again = fold(name)
            if again == name { return name }
            name = again
        }
        return nil
    }

    /// Rounds of folding after which a name is taken for nobody's.
    private static let foldsMax = 4

    private static func fold(_ name: String) -> String {
        let compatible = name.precomposedStringWithCompatibilityMapping
        // Lower-casing the upper-case form folds what differs only there, such as ß and ss or final sigma; lower-casing
        // first takes along the few capitals, such as ẞ, whose upper-case form is themselves.
        let caseless = compatible.lowercased().uppercased().lowercased().unicodeScalars.map { $0 == "ς" ? "σ" : $0 }
        return String(String.UnicodeScalarView(caseless)).precomposedStringWithCompatibilityMapping
            .trimmingCharacters(in: .whitespacesAndNewlines)
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
