// SPDX-License-Identifier: Apache-2.0
import Foundation
import Primitives
import Testing

/// A file `Tests/Vectors/wycheproof_….json`.
struct WycheproofVectors: Decodable {
    struct Group: Decodable {
        let key: String
        let cases: [Case]
    }

    struct Case: Decodable {
        let id: Int
        let what: String
        let message: String
        let signature: String
        let isValid: Bool
    }

    let groups: [Group]

    /// r‖s, which is what phones send.
    static let raw = load("wycheproof_ecdsa_p256_raw.json")
    /// DER, good and bad.
    static let der = load("wycheproof_ecdsa_p256_der.json")

    var count: Int { groups.reduce(0) { $0 + $1.cases.count } }

    private static func load(_ name: String) -> Self {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        do {
            return try JSONDecoder().decode(
                Self.self, from: Data(contentsOf: folder.appending(path: "Vectors/\(name)")))
        } catch {
            preconditionFailure("cannot read the vectors of \(name): \(error)")
        }
    }
}
