// SPDX-License-Identifier: Apache-2.0

/// The fields of one submitted form, read strictly from `application/x-www-form-urlencoded`
/// (URL Standard §5.1, without its leniency).
///
/// Refused: names that the form does not have or has twice, a pair without `=`, a broken percent sequence, text that is
/// not UTF-8, and NUL.
package struct FormBody: Sendable {
    /// Bytes of a body; the longest form holds a name and a password.
    package static let bytesMax = 4_096

    private let values: [String: String]

    /// - Parameters:
    ///   - bytes: the body; an empty one has no fields.
    ///   - names: every field that the form may have.
    /// - Returns: nil when anything about the body is not as it should be.
    package init?(_ bytes: some Collection<UInt8>, names: Set<String>) {
        guard bytes.count <= Self.bytesMax else { return nil }
        var values: [String: String] = [:]
        if !bytes.isEmpty {
            for pair in bytes.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
                guard let equals = pair.firstIndex(of: UInt8(ascii: "=")),
                    let name = Self.decoded(pair[..<equals]), names.contains(name), values[name] == nil,
                    let value = Self.decoded(pair[pair.index(after: equals)...])
                else { return nil }
                values[name] = value
            }
        }
        self.values = values
    }

    /// The value of a field; nil when the form did not send it.
    package subscript(name: String) -> String? { values[name] }

    private static func decoded(_ bytes: some Collection<UInt8>) -> String? {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var rest = bytes.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case UInt8(ascii: "+"): result.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.next().flatMap(hexValue), let low = rest.next().flatMap(hexValue) else {
                    return nil
                }
                result.append(high << 4 | low)
            case UInt8(ascii: "="), 0...0x20, 0x7F...: return nil
            default: result.append(byte)
            }
        }
        guard !result.contains(0) else { return nil }
        return String(validating: result, as: UTF8.self)
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
