// SPDX-License-Identifier: Apache-2.0

/// A message for a syslog receiver: RFC 5424 in a frame of RFC 5425.
///
/// Implemented: the header (§6.2), one element of structured data (§6.3), a message in UTF-8 (§6.4), counted frames
/// (RFC 5425 §4.3). What a field cannot hold becomes `?`, and what is longer than a field may be is cut; neither the
/// structured data nor the message is: how much a receiver takes is for the receiver to say.
package struct SyslogMessage: Sendable {
    /// How severe it is, by the numbers of §6.2.1.
    package enum Severity: Int, Sendable {
        case alert = 1
        case warning = 4
        case notice = 5
    }

    /// An element of structured data (§6.3).
    package struct Element: Sendable {
        /// Such as `name@number`, by the rules of §6.3.2.
        package let id: String
        /// Names by the same rules, each with any text in UTF-8.
        package let parameters: [(name: String, value: String)]

        package init(id: String, parameters: [(name: String, value: String)]) {
            self.id = id
            self.parameters = parameters
        }
    }

    /// The longest texts that fields may hold (§6.2).
    private enum Limits {
        static let hostname = 255
        static let application = 48
        static let process = 128
        static let kind = 32
    }

    private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]
    private static let space = UInt8(ascii: " ")
    private static let none = UInt8(ascii: "-")
    private static let backslash = UInt8(ascii: "\\")

    private let head: [UInt8]
    private let text: [UInt8]

    /// - Parameters:
    ///   - facility: 0 to 23 (§6.2.1).
    ///   - timestamp: RFC 3339 with at most six digits of a second (§6.2.3).
    ///   - kind: what §6.2.7 calls MSGID.
    ///   - text: UTF-8; the byte order mark that §6.4 asks for is added.
    package init(
        facility: Int, severity: Severity, timestamp: String, hostname: String?, application: String, process: String?,
        kind: String, element: Element, text: [UInt8]
    ) {
        var head = Array("<\(facility * 8 + severity.rawValue)>1 \(timestamp) ".utf8)
        Self.append(hostname, max: Limits.hostname, to: &head)
        Self.append(application, max: Limits.application, to: &head)
        Self.append(process, max: Limits.process, to: &head)
        Self.append(kind, max: Limits.kind, to: &head)
        Self.append(element, to: &head)
        head.append(Self.space)
        self.head = head
        self.text = text
    }

    /// Appends the message behind its length in bytes.
    package func appendFrame(to buffer: inout [UInt8]) {
        let count = head.count + Self.byteOrderMark.count + text.count
        buffer += Array("\(count) ".utf8)
        buffer += head
        buffer += Self.byteOrderMark
        buffer += text
    }

    /// A field of the header and the space behind it: visible ASCII, or `-` for nothing.
    private static func append(_ field: String?, max: Int, to buffer: inout [UInt8]) {
        let visible = UInt8(ascii: "!")...UInt8(ascii: "~")
        let characters = (field ?? "").unicodeScalars.prefix(max)
        if characters.isEmpty { buffer.append(none) }
        for scalar in characters {
            let byte = UInt8(exactly: scalar.value) ?? 0
            buffer.append(visible.contains(byte) ? byte : UInt8(ascii: "?"))
        }
        buffer.append(space)
    }

    /// §6.3.3: in a value `"`, `\` and `]` get a backslash before them, and nothing else does.
    private static func append(_ element: Element, to buffer: inout [UInt8]) {
        let quote = UInt8(ascii: "\"")
        let end = UInt8(ascii: "]")
        buffer += Array("[\(element.id)".utf8)
        for (name, value) in element.parameters {
            buffer += Array(" \(name)=".utf8)
            buffer.append(quote)
            for byte in value.utf8 {
                if byte == quote || byte == backslash || byte == end { buffer.append(backslash) }
                buffer.append(byte)
            }
            buffer.append(quote)
        }
        buffer.append(end)
    }
}
