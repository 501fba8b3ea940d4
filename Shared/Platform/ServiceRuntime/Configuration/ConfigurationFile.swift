// SPDX-License-Identifier: Apache-2.0

import Configuration
import Primitives
import Synchronization

/// The values of a YAML file by dotted key; scalars have one text, sequences any number.
struct ConfigurationFile {
    let values: [String: [String]]

    /// Reads `path`; a file without any key counts as empty.
    init(path: String) throws(ConfigurationProblems) {
        let bytes: [UInt8]
        do {
            bytes = try LocalFile.bytes(of: path, secret: false)
        } catch {
            throw ConfigurationProblems(messages: ["cannot read the configuration file “\(path)”: \(error)"])
        }
        try self.init(bytes: bytes, path: path)
    }

    /// - Parameter path: for error texts.
    init(bytes: [UInt8], path: String) throws(ConfigurationProblems) {
        do {
            values = try Self.parse(bytes)
        } catch {
            throw ConfigurationProblems(messages: [
                "the configuration file “\(path)” is not valid YAML: \(Self.sentence(of: error))"
            ])
        }
    }

    private static func parse(_ bytes: [UInt8]) throws -> [String: [String]] {
        guard hasContent(bytes) else { return [:] }
        // The snapshot does not list its keys, but it asks about the secrecy of each.
        let keys = KeyList()
        let options = YAMLSnapshot.ParsingOptions(
            secretsSpecifier: .dynamic { key, _ in
                keys.append(key)
                return false
            })
        let snapshot = try YAMLSnapshot(data: bytes.span.bytes, providerName: "file", parsingOptions: options)
        var values: [String: [String]] = [:]
        for key in keys.all {
            let name = AbsoluteConfigKey(key.split(separator: ".").map(String.init))
            if let scalar = try? snapshot.value(forKey: name, type: .string).value,
                case .string(let text) = scalar.content
            {
                values[key] = [text]
            } else if let list = try snapshot.value(forKey: name, type: .stringArray).value,
                case .stringArray(let texts) = list.content
            {
                values[key] = texts
            }
        }
        return values
    }

    /// Whether anything but comments, blank lines and document marks stands in the file.
    private static func hasContent(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).contains { line in
            let text = line.drop(while: \.isWhitespace)
            return !text.isEmpty && text.first != "#" && !text.hasPrefix("---")
        }
    }

    /// What the parser says, without the lines of the file it quotes: they may hold what must not be printed.
    private static func sentence(of error: any Error) -> String {
        let lines = "\(error)".split(separator: "\n").map(String.init)
        let said = lines.prefix { $0.last == ":" || $0 == lines.first || $0.contains(", column ") }
        let text = (said.isEmpty ? ["unreadable"] : Array(said)).joined(separator: " ")
        return text.hasSuffix(":") ? String(text.dropLast()) : text
    }
}

private final class KeyList: Sendable {
    private let keys = Mutex<[String]>([])

    var all: [String] { keys.withLock { $0 } }

    func append(_ key: String) {
        keys.withLock { $0.append(key) }
    }
}
