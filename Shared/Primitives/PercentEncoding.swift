// SPDX-License-Identifier: Apache-2.0

/// Percent-encoding of one component of a URI (RFC 3986 §2.1).
package enum PercentEncoding {
    /// Everything but unreserved characters (§2.3) as `%XX`, by UTF-8 bytes.
    package static func encode(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += byte < 16 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }

    /// The text behind `component`; nil for a broken escape or bytes that are not UTF-8. A plus sign stays one.
    package static func decode(_ component: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = Substring(component).utf8
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let value = Hex.decode(Substring(rest.prefix(2))), value.count == 1 else { return nil }
                bytes += value
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
