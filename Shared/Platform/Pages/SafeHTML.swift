// SPDX-License-Identifier: Apache-2.0
internal import Mustache

/// Escaping for HTML text and quoted attributes, byte by byte.
///
/// The library's own escaping goes by grapheme clusters: a quotation mark with a combining accent behind it is
/// another character to it and passes, and the browser, which reads code points, sees the quotation mark.
struct SafeHTML: MustacheContentType {
    /// The name that templates choose this by.
    static let name = "SAFE_HTML"

    /// Makes the name known to the library, once for the process.
    static let registered: Void = MustacheContentTypes.register(SafeHTML(), named: name)

    func escapeText(_ text: String) -> String {
        Self.escape(text)
    }

    static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: isSpecial) else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count + 32)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "<"): result.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): result.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "&"): result.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "\""): result.append(contentsOf: "&quot;".utf8)
            case UInt8(ascii: "'"): result.append(contentsOf: "&#39;".utf8)
            default: result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"), UInt8(ascii: "\""), UInt8(ascii: "'"): true
        default: false
        }
    }
}
