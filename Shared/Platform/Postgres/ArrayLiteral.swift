// SPDX-License-Identifier: Apache-2.0

/// One-dimensional arrays in PostgreSQL's text form (documentation §8.15.2 and §8.15.6): `{a,"b c",NULL}`.
///
/// Every element is quoted on the way out, so no element can be taken for NULL, a brace or a separator. More
/// dimensions and explicit bounds (`[2:3]={…}`) are refused on the way in.
enum ArrayLiteral {
    private static let quote = UInt8(ascii: "\"")
    private static let escape = UInt8(ascii: "\\")
    private static let comma = UInt8(ascii: ",")
    private static let opening = UInt8(ascii: "{")
    private static let closing = UInt8(ascii: "}")

    static func encode(_ elements: [String?]) -> String {
        var text: [UInt8] = [opening]
        for (index, element) in elements.enumerated() {
            if index > 0 { text.append(comma) }
            guard let element else {
                text.append(contentsOf: "NULL".utf8)
                continue
            }
            text.append(quote)
            for byte in element.utf8 {
                if byte == quote || byte == escape { text.append(escape) }
                text.append(byte)
            }
            text.append(quote)
        }
        text.append(closing)
        return String(decoding: text, as: UTF8.self)
    }

    /// The elements of `literal`, nil for NULL; nil when it is no array of one dimension.
    static func decode(_ literal: some Sequence<UInt8>) -> [String?]? {
        let text = Array(literal)
        guard text.count >= 2, text.first == opening, text.last == closing else { return nil }
        if text.count == 2 { return [] }
        var elements: [String?] = []
        var index = 1
        while true {
            guard let element = element(of: text, from: &index) else { return nil }
            elements.append(element.isNull ? nil : String(decoding: element.bytes, as: UTF8.self))
            guard index < text.count else { return nil }
            if text[index] == closing { return index == text.count - 1 ? elements : nil }
            guard text[index] == comma else { return nil }
            index += 1
        }
    }

    private static func element(of text: [UInt8], from index: inout Int) -> (bytes: [UInt8], isNull: Bool)? {
        guard index < text.count, text[index] != opening else { return nil }
        let isQuoted = text[index] == quote
        if isQuoted { index += 1 }
        var bytes: [UInt8] = []
        while index < text.count {
            let byte = text[index]
            if isQuoted, byte == quote {
                index += 1
                return (bytes, false)
            }
            if !isQuoted, byte == comma || byte == closing {
                return bytes.isEmpty ? nil : (bytes, bytes.elementsEqual("NULL".utf8))
            }
            if byte == escape { index += 1 }
            guard index < text.count else { return nil }
            bytes.append(text[index])
            index += 1
        }
        return nil
    }
}
