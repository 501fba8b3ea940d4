// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Primitives

/// I12: secrets that must stand in no log, dump or other file that a fault leaves behind.
package struct Canaries: Sendable {
    /// Each under the name to tell it by; never told itself.
    package private(set) var secrets: [String: [String]] = [:]

    package init() {}

    /// A secret in every form that somebody might write it in.
    package mutating func add(_ name: String, bytes: [UInt8]) {
        secrets[name, default: []] += [
            Base32.encode(bytes), Hex.encode(bytes), Base64URL.encode(bytes), Data(bytes).base64EncodedString(),
        ]
    }

    /// A secret that is a text.
    package mutating func add(_ name: String, text: String) {
        secrets[name, default: []].append(text)
    }

    /// A passcode; six digits alone may stand anywhere by chance, in quotes they hardly do.
    package mutating func add(_ name: String, passcode: String) {
        secrets[name, default: []].append("\"\(passcode)\"")
    }

    /// Where any of them stands in a text.
    package func violations(in place: String, _ text: String) -> [Violation] {
        // How long a request took stands in quotes, too, and has six digits often enough.
        let bytes = Array(text.lowercased().replacing("\"microseconds\":\"", with: "\"microseconds\":").utf8)
        return secrets.flatMap { name, forms -> [Violation] in
            forms.contains { Self.contains(bytes, Array($0.lowercased().utf8)) }
                ? [Violation("I12", "\(place) holds \(name)")] : []
        }
    }

    /// Where any of them stands in the files of a folder, whatever their kind.
    package func violations(inFolder folder: String) -> [Violation] {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        return names.flatMap { name -> [Violation] in
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else { return [] }
            return violations(in: name, String(decoding: data, as: UTF8.self))
        }
    }

    private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        guard let first = part.first, bytes.count >= part.count else { return false }
        return bytes.withUnsafeBytes { haystack in
            guard var place = haystack.baseAddress else { return false }
            let end = place + haystack.count
            while let hit = memchr(place, Int32(first), end - place) {
                guard end - UnsafeRawPointer(hit) >= part.count else { return false }
                if memcmp(hit, part, part.count) == 0 { return true }
                place = UnsafeRawPointer(hit) + 1
            }
            return false
        }
    }
}
