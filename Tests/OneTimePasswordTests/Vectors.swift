// SPDX-License-Identifier: Apache-2.0
import Foundation
import OneTimePassword
import Primitives
import Testing

/// `Tests/Vectors/rfc4226.json`.
struct RFC4226Vectors: Decodable {
    let keyASCII: String
    let passcodes6: [String]
    let passcodes8: [String]

    static let all: Self = Vectors.load("rfc4226.json")
}

/// `Tests/Vectors/rfc6238.json`.
struct RFC6238Vectors: Decodable {
    struct Row: Decodable {
        let seconds: Int64
        let byHash: [String: String]
    }

    let digits: Int
    let periodSeconds: Int
    let keysASCII: [String: String]
    let passcodes: [Row]

    static let all: Self = Vectors.load("rfc6238.json")
}

/// One passcode of RFC 6238, Appendix B, with the key that its hash takes.
struct TOTPVector: Sendable, CustomTestStringConvertible {
    let algorithm: OneTimePasswordAlgorithm
    let key: String
    let seconds: Int64
    let passcode: String

    var secret: SecretBytes { SecretBytes(utf8: key) }
    var testDescription: String { "\(algorithm.rawValue) at \(seconds) s: \(passcode)" }

    static let all: [Self] = RFC6238Vectors.all.passcodes.flatMap { row in
        OneTimePasswordAlgorithm.allCases.compactMap { algorithm in
            guard let key = RFC6238Vectors.all.keysASCII[algorithm.rawValue],
                let passcode = row.byHash[algorithm.rawValue]
            else { return nil }
            return Self(algorithm: algorithm, key: key, seconds: row.seconds, passcode: passcode)
        }
    }
}

enum Vectors {
    /// The vectors lie beside the test targets, so that every target may read them.
    static func load<File: Decodable>(_ name: String) -> File {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        do {
            let data = try Data(contentsOf: folder.appending(path: "Vectors/\(name)"))
            return try JSONDecoder().decode(File.self, from: data)
        } catch {
            preconditionFailure("cannot read the vectors of \(name): \(error)")
        }
    }
}
