// SPDX-License-Identifier: Apache-2.0

/// A network in CIDR notation (RFC 4632, RFC 4291 §2.3).
package struct IPNetwork: Sendable, Hashable, CustomStringConvertible {
    private let prefix: IPAddress
    private let prefixBits: Int

    /// Reads `10.0.0.0/8`, `2001:db8::/32` or a plain address; bits behind the prefix must be zero.
    ///
    /// A network of mapped addresses, such as `::ffff:10.0.0.0/104`, is the IPv4 network that it maps.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let bytes = parts.first.flatMap(IPAddress.bytes(of:)) else { return nil }
        let length = parts.count == 2 ? Self.number(parts[1]) : bytes.count * 8
        guard let length, length <= bytes.count * 8 else { return nil }
        let hasTail = (length..<(bytes.count * 8)).contains { bytes[$0 / 8] & (0x80 >> UInt8($0 % 8)) != 0 }
        guard !hasTail else { return nil }
        prefix = IPAddress(bytes)
        prefixBits = length - (bytes.count - prefix.bytes.count) * 8
    }

    /// Whether `address` lies in it; never, when it is of the other family.
    package func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == prefix.bytes.count else { return false }
        let (whole, rest) = prefixBits.quotientAndRemainder(dividingBy: 8)
        guard address.bytes[..<whole] == prefix.bytes[..<whole] else { return false }
        return rest == 0 || (address.bytes[whole] ^ prefix.bytes[whole]) >> UInt8(8 - rest) == 0
    }

    /// The lowest and the highest address in it.
    var bounds: (first: [UInt8], last: [UInt8]) {
        var last = prefix.bytes
        for bit in prefixBits..<(last.count * 8) { last[bit / 8] |= 0x80 >> UInt8(bit % 8) }
        return (prefix.bytes, last)
    }

    /// The canonical form, always with the length of the prefix.
    package var description: String { "\(prefix)/\(prefixBits)" }

    private static func number(_ text: Substring) -> Int? {
        let isNumber = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return (1...3).contains(text.utf8.count) && isNumber ? Int(text) : nil
    }
}
