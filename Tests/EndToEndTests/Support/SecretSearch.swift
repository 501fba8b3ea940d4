// SPDX-License-Identifier: Apache-2.0
import Foundation
import Primitives
import TestKit

/// Looks for secrets in files, however they may be written there (R83).
struct SecretSearch {
    /// Texts to look for, by the name of the secret that they are.
    private(set) var patterns: [[UInt8]: String] = [:]
    private let folder: String

    /// - Parameter folder: for the list of patterns, which nobody else reads.
    init(folder: String) {
        self.folder = folder
    }

    mutating func add(_ name: String, _ secret: String) {
        add(name, Array(secret.utf8))
        for text in [PercentEncoding.encode(secret), secret.replacing(" ", with: "+")] where text != secret {
            keep(Array(text.utf8), name)
        }
    }

    mutating func add(_ name: String, _ secret: [UInt8]) {
        for form in Self.forms(of: secret) { keep(form, name) }
    }

    /// Anything shorter occurs by chance.
    private mutating func keep(_ pattern: [UInt8], _ name: String) {
        guard pattern.count >= 8 else { return }
        patterns[pattern] = name
    }

    /// The names of the secrets that stand in `paths`, files or whole folders, each with where.
    func hits(in paths: [String]) async throws -> [String] {
        let list = "\(folder)/patterns-\(Workshop.unique())"
        let lines = Data(patterns.keys.map { Data($0) }.joined(separator: Data([0x0a])))
        guard FileManager.default.createFile(atPath: list, contents: lines, attributes: [.posixPermissions: 0o600])
        else { throw TestKitError("Cannot write \(list).") }
        defer { try? FileManager.default.removeItem(atPath: list) }
        let end = try await ChildProcess.run(
            .init(
                "/bin/grep", ["-raboFH", "-f", list, "--"] + paths,
                environment: ["LC_ALL": "C"]), within: .seconds(180))
        guard end.status <= 1 else { throw TestKitError("grep: \(end.errors)") }
        return end.output.split(separator: "\n").prefix(100).map { line in
            let found = patterns.filter { line.hasSuffix(String(decoding: $0.key, as: UTF8.self)) }
                .max { $0.key.count < $1.key.count }
            return "\(found?.value ?? "?") in \(line.prefix(160))"
        }
    }

    /// Every way in which bytes are written as text, and themselves.
    static func forms(of bytes: [UInt8]) -> [[UInt8]] {
        var forms: [[UInt8]] = []
        // grep reads lines: of bytes with a line's end in them the longest piece without one is looked for.
        if let piece = bytes.split(whereSeparator: { $0 == 0x0a || $0 == 0 }).max(by: { $0.count < $1.count }) {
            forms.append(Array(piece))
        }
        let hex = Hex.encode(bytes)
        forms.append(Array(hex.utf8))
        forms.append(Array(hex.uppercased().utf8))
        let percent = bytes.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
        forms.append(Array(percent.utf8))
        forms.append(Array(percent.lowercased().utf8))
        // Inside a longer encoded text a secret may begin at any place of a group.
        for shift in 0..<3 {
            let padded = [UInt8](repeating: 0, count: shift) + bytes
            let cut = Self.inner(Base64URL.encode(padded), shift, of: bytes, bits: 6)
            forms.append(Array(cut.utf8))
            let plain = cut.replacing("-", with: "+").replacing("_", with: "/")
            forms.append(Array(plain.utf8))
            forms.append(Array(plain.replacing("/", with: "\\/").utf8))
        }
        for shift in 0..<5 {
            let padded = [UInt8](repeating: 0, count: shift) + bytes
            let cut = Self.inner(Base32.encode(padded), shift, of: bytes, bits: 5)
            forms.append(Array(cut.utf8))
            forms.append(Array(cut.lowercased().utf8))
        }
        return forms
    }

    /// The characters of an encoding that depend on nothing but `bytes`.
    private static func inner(_ text: String, _ shift: Int, of bytes: [UInt8], bits: Int) -> String {
        let first = (8 * shift + bits - 1) / bits
        let last = 8 * (shift + bytes.count) / bits
        return String(text.prefix(last).dropFirst(first))
    }
}
