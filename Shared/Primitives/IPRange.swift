// SPDX-License-Identifier: Apache-2.0

/// Addresses as operators write them: `192.0.2.7`, `192.0.2.0/24` or `192.0.2.10-192.0.2.20`.
package struct IPRange: Sendable, Hashable, CustomStringConvertible {
    private let first: [UInt8]
    private let last: [UInt8]
    /// As it was written, in canonical form.
    package let description: String

    /// Nil for anything else: ends of two families, the higher one first, bits behind a prefix.
    package init?(_ text: String) {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        if ends.count == 2 {
            guard let first = IPAddress(parsing: ends[0]), let last = IPAddress(parsing: ends[1]),
                first.bytes.count == last.bytes.count, !last.bytes.lexicographicallyPrecedes(first.bytes)
            else { return nil }
            (self.first, self.last, description) = (first.bytes, last.bytes, "\(first)-\(last)")
            return
        }
        guard let network = IPNetwork(text) else { return nil }
        (first, last) = network.bounds
        description = text.contains("/") ? network.description : IPAddress(first).description
    }

    /// Whether `address` lies in it; never, when it is of the other family.
    package func contains(_ address: IPAddress) -> Bool {
        address.bytes.count == first.count && !address.bytes.lexicographicallyPrecedes(first)
            && !last.lexicographicallyPrecedes(address.bytes)
    }

    /// The lowest address in it.
    package var lowest: IPAddress { IPAddress(first) }
}
