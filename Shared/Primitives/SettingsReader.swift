// SPDX-License-Identifier: Apache-2.0

/// Reads typed values from text and collects every fault, so that an operator sees all of them at once.
///
/// A faulty value is replaced by a harmless stand-in; whoever reads must look at ``problems`` before using anything.
package struct SettingsReader {
    private let lookup: (String) -> [String]?
    private let readFile: (String) throws -> [UInt8]

    /// Every fault met so far, one sentence each, beginning with the key.
    package private(set) var problems: [String] = []

    /// - Parameters:
    ///   - lookup: the values of a key, one for a scalar, any number for a list, nil when absent.
    ///   - readFile: the bytes of a file; what it throws is shown to the operator.
    package init(
        lookup: @escaping (String) -> [String]?, readFile: @escaping (String) throws -> [UInt8]
    ) {
        self.lookup = lookup
        self.readFile = readFile
    }

    /// Adds a fault that only the caller can see, such as two values that do not fit together.
    package mutating func report(_ key: SettingKey, _ message: String) {
        problems.append("\(key.name): \(message)")
    }

    /// A text that must be there unless the key has a default.
    package mutating func text(_ key: SettingKey) -> String {
        guard let value = optionalText(key) else {
            report(key, "is missing (\(key.summary))")
            return ""
        }
        return value
    }

    /// A text that may be absent; an empty one counts as absent.
    package mutating func optionalText(_ key: SettingKey) -> String? {
        guard let values = lookup(key.name) else { return key.defaultText }
        guard values.count == 1 else {
            report(key, "expected one value, found \(values.count)")
            return key.defaultText
        }
        return values[0].isEmpty ? key.defaultText : values[0]
    }

    /// A whole number within `range`.
    package mutating func integer(_ key: SettingKey, in range: ClosedRange<Int>) -> Int {
        let value = text(key)
        guard let number = Int(value), range.contains(number) else {
            if !value.isEmpty {
                report(key, "expected a whole number from \(range.lowerBound) to \(range.upperBound), found “\(value)”")
            }
            return range.lowerBound
        }
        return number
    }

    /// A duration in whole seconds within `range`.
    package mutating func seconds(_ key: SettingKey, in range: ClosedRange<Int>) -> Duration {
        .seconds(integer(key, in: range))
    }

    /// `true` or `false`.
    package mutating func boolean(_ key: SettingKey) -> Bool {
        let value = text(key)
        switch value {
        case "true": return true
        case "false": return false
        case "": return false
        default:
            report(key, "expected true or false, found “\(value)”")
            return false
        }
    }

    /// Any number of texts; a default is split at commas.
    package mutating func list(_ key: SettingKey) -> [String] {
        if let values = lookup(key.name) {
            // An environment variable has one value; commas separate its items.
            return values.count == 1 ? Self.split(values[0]) : values
        }
        return key.defaultText.map(Self.split) ?? []
    }

    /// One of the raw values of `Choice`.
    package mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: SettingKey, of type: Choice.Type = Choice.self
    ) -> Choice where Choice.RawValue == String {
        let value = text(key)
        if let choice = Choice(rawValue: value) { return choice }
        let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        if !value.isEmpty { report(key, "expected one of \(known), found “\(value)”") }
        return Choice.allCases[Choice.allCases.startIndex]
    }

    /// The contents of the file that the key names, without a trailing line end; nil when the key is absent.
    package mutating func secret(_ key: SettingKey) -> SecretBytes? {
        guard let path = optionalText(key) else { return nil }
        do {
            var bytes = try readFile(path)
            while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
            guard !bytes.isEmpty else {
                report(key, "the file “\(path)” is empty")
                return nil
            }
            return SecretBytes(bytes)
        } catch {
            report(key, "cannot read “\(path)”: \(error)")
            return nil
        }
    }

    /// The path of a file that exists and can be read; nil when the key is absent.
    package mutating func readableFile(_ key: SettingKey) -> String? {
        guard let path = optionalText(key) else { return nil }
        do {
            _ = try readFile(path)
        } catch {
            report(key, "cannot read “\(path)”: \(error)")
        }
        return path
    }

    private static func split(_ text: String) -> [String] {
        text.split(separator: ",").map { item in
            var item = item
            while item.first == " " { item.removeFirst() }
            while item.last == " " { item.removeLast() }
            return String(item)
        }
    }
}

/// All faults of a configuration, thrown together.
package struct ConfigurationProblems: Error, Sendable, CustomStringConvertible {
    package let messages: [String]

    package init(messages: [String]) {
        self.messages = messages
    }

    package var description: String { messages.joined(separator: "\n") }
}
