// SPDX-License-Identifier: Apache-2.0

/// An IPv4 or IPv6 address (RFC 4291 §2.2).
///
/// IPv4 in its mapped IPv6 form (§2.5.5.2) is IPv4: which of both a socket shows says nothing about the caller.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// Four or sixteen, in network order.
    let bytes: [UInt8]

    /// Reads `192.0.2.1`, `2001:db8::1` or `::ffff:192.0.2.1`; nil for anything else, a zone included.
    package init?(parsing text: some StringProtocol) {
        guard let bytes = Self.bytes(of: Substring(text)) else { return nil }
        self.init(bytes)
    }

    /// Nil unless there are four bytes or sixteen.
    package init?(networkOrder bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.init(Array(bytes))
    }

    /// - Parameter bytes: four or sixteen.
    init(_ bytes: [UInt8]) {
        self.bytes = Self.isMapped(bytes) ? Array(bytes.suffix(4)) : bytes
    }

    /// The canonical form (RFC 5952 §4).
    package var description: String {
        guard bytes.count == 16 else { return bytes.map { String($0) }.joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        func text(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard let gap = Self.longestZeros(in: groups) else { return text(groups[...]) }
        return text(groups[..<gap.lowerBound]) + "::" + text(groups[gap.upperBound...])
    }

    /// What one subscriber usually holds: the address itself, of IPv6 its first 64 bits (RFC 6177 §2).
    package var subscriber: IPAddress {
        bytes.count == 16 ? IPAddress(bytes[..<8] + [UInt8](repeating: 0, count: 8)) : self
    }

    static func isMapped(_ bytes: [UInt8]) -> Bool {
        bytes.count == 16 && bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
    }

    /// The bytes as they are written, a mapped address in its sixteen.
    static func bytes(of text: Substring) -> [UInt8]? {
        guard text.utf8.contains(UInt8(ascii: ":")) else { return v4(text) }
        guard let gap = text.firstRange(of: "::") else {
            return groups(of: text, mayEndInV4: true).flatMap { $0.count == 16 ? $0 : nil }
        }
        guard let head = groups(of: text[..<gap.lowerBound], mayEndInV4: false),
            let tail = groups(of: text[gap.upperBound...], mayEndInV4: true), head.count + tail.count <= 14
        else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// Leading zeros are refused: some programs read them as octal.
    private static func v4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            let isNumber = part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard isNumber, part == "0" || !part.hasPrefix("0"), let byte = UInt8(part) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func groups(of text: Substring, mayEndInV4: Bool) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if mayEndInV4, index == parts.count - 1, let last = v4(part) {
                bytes += last
                continue
            }
            let padded = String(repeating: "0", count: max(0, 4 - part.utf8.count)) + part
            guard !part.isEmpty, padded.utf8.count == 4, let group = Hex.decode(padded) else { return nil }
            bytes += group
        }
        return bytes
    }

    /// The first of the longest runs of two zero groups or more.
    private static func longestZeros(in groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start >= 2, index - start > best?.count ?? 0 { best = start..<index }
            start = index + 1
        }
        return best
    }
}
