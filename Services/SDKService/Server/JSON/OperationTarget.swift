// SPDX-License-Identifier: Apache-2.0
package import MFAAPI

/// A request target that is exactly one of an operation's, so that what is handed on means the same on the other side.
///
/// A router forgives doubled slashes, and a client library resolves dots and cuts at `#`; here every segment must be
/// one of the operation's own or a value of RFC 3986's characters that is not `.` or `..`.
package struct OperationTarget: Sendable, Equatable {
    /// The path below `/api/v1`, as it was sent.
    package let path: String
    /// What follows the question mark, as it was sent; nil without one.
    package let query: String?
    /// The values in the path by their names, as they were sent.
    private let values: [String: String]

    /// The person that the path names.
    package var user: String? { values["user"] }
    /// The id in the path.
    package var id: String? { values["id"] }

    /// Nil for a target that is not `operation`'s.
    package init?(_ target: String, of operation: Operation) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = parts.first, path.hasPrefix(Paths.api) else { return nil }
        let rest = path.dropFirst(Paths.api.count)
        let segments = rest.split(separator: "/", omittingEmptySubsequences: false)
        let pattern = operation.path.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.count == pattern.count else { return nil }
        var values: [String: String] = [:]
        for (segment, expected) in zip(segments, pattern) {
            guard expected.hasPrefix("{") else {
                guard segment == expected else { return nil }
                continue
            }
            guard Self.isValue(segment) else { return nil }
            values[String(expected.dropFirst().dropLast())] = String(segment)
        }
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ Self.isPathCharacter($0) || $0 == 0x2f || $0 == 0x3f }) else { return nil }
            query = String(parts[1])
        } else {
            query = nil
        }
        self.path = String(rest)
        self.values = values
    }

    private static func isValue(_ segment: Substring) -> Bool {
        guard !segment.isEmpty, segment.utf8.allSatisfy(isPathCharacter) else { return false }
        let dots = segment.lowercased().replacing("%2e", with: ".")
        return dots != "." && dots != ".."
    }

    /// `pchar` of RFC 3986 §3.3, the percent sign included.
    private static func isPathCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: pathMarks.contains(byte)
        }
    }

    private static let pathMarks = Set("-._~!$&'()*+,;=:@%".utf8)
}
