// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFADomain

enum CanonicalNameEntry {
    private static let none = IdentityDomains([])
    private static let ours = IdentityDomains(["example.org", "EXAMPLE", "straße.example"])

    static func fault(on bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        for domains in [none, ours] {
            guard let name = CanonicalName(text, domains: domains) else { continue }
            // The form that is compared folds to itself, byte for byte: else two rows could be one person.
            guard let again = CanonicalName(name.text, domains: domains) else { return "it has no canonical name" }
            guard again.text.utf8.elementsEqual(name.text.utf8) else { return "it folds to something else again" }
            guard name.text.count <= CanonicalName.charactersMax, !name.text.isEmpty else { return "its length" }
            let isPlain = name.text.unicodeScalars.allSatisfy { scalar in
                ![.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
            }
            guard isPlain else { return "it has a control character" }
            guard name.text == name.text.trimmingCharacters(in: .whitespacesAndNewlines) else {
                return "it has white space at an end"
            }
        }
        return nil
    }
}
