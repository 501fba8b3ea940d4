// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A network in CIDR notation (RFC 4632, RFC 4291 §2.3).
struct IPNetwork: Sendable, Equatable, CustomStringConvertible {
    private let family: Int32
    private let prefix: [UInt8]
    private let prefixBits: Int

    /// Reads `10.0.0.0/8`, `2001:db8::/32` or a plain address; bits behind the prefix must be zero.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = parts.first.map(String.init) else { return nil }
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            guard inet_pton(family, address, &bytes) == 1 else { continue }
            let length = parts.count == 2 ? Self.number(parts[1]) : count * 8
            guard let length, length <= count * 8 else { return nil }
            let hasTail = (length..<(count * 8)).contains { bytes[$0 / 8] & (0x80 >> UInt8($0 % 8)) != 0 }
            guard !hasTail else { return nil }
            (self.family, prefix, prefixBits) = (family, bytes, length)
            return
        }
        return nil
    }

    /// The shortest usual form, always with the length of the prefix.
    var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family, prefix, &text, socklen_t(text.count)) != nil else { return "" }
        let address = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return "\(address)/\(prefixBits)"
    }

    private static func number(_ text: Substring) -> Int? {
        let isNumber = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return (1...3).contains(text.utf8.count) && isNumber ? Int(text) : nil
    }
}
