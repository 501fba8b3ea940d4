// SPDX-License-Identifier: Apache-2.0

/// Swift text taken apart into code, strings and comments, each as long as the whole: what belongs to another layer
/// is a space there, so that lines and columns stay.
///
/// What is interpolated into a string counts as part of the string. Regular expression literals are not known.
struct SwiftLayers {
    private(set) var code = ""
    private(set) var strings = ""
    private(set) var comments = ""

    private enum Layer { case code, string, comment }

    private let text: [Character]
    private var index = 0

    init(_ text: String) {
        self.text = Array(text)
        while index < self.text.count { readNext() }
    }

    private mutating func readNext() {
        if starts(with: "//") {
            while index < text.count, text[index] != "\n" { take(as: .comment) }
        } else if starts(with: "/*") {
            readBlockComment()
        } else if let opening = stringOpening() {
            readString(opening)
        } else {
            take(as: .code)
        }
    }

    private mutating func readBlockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                take(as: .comment)
            } else if starts(with: "*/") {
                depth -= 1
                take(as: .comment)
            }
            take(as: .comment)
        } while depth > 0 && index < text.count
    }

    /// How a string that begins here is written: the number of `#` around it, and of quotes.
    private func stringOpening() -> (pounds: Int, quotes: Int)? {
        var position = index
        while position < text.count, text[position] == "#" { position += 1 }
        guard position < text.count, text[position] == "\"" else { return nil }
        let isMultiline = position + 2 < text.count && text[position + 1] == "\"" && text[position + 2] == "\""
        return (position - index, isMultiline ? 3 : 1)
    }

    private mutating func readString(_ opening: (pounds: Int, quotes: Int)) {
        let pounds = String(repeating: "#", count: opening.pounds)
        let closing = String(repeating: "\"", count: opening.quotes) + pounds
        for _ in 0..<(opening.pounds + opening.quotes) { take(as: .code) }
        while index < text.count {
            if starts(with: closing) {
                for _ in closing { take(as: .code) }
                return
            }
            if starts(with: "\\" + pounds + "(") {
                readInterpolation()
            } else if starts(with: "\\" + pounds) {
                for _ in 0...(opening.pounds + 1) where index < text.count { take(as: .string) }
            } else if opening.quotes == 1, text[index] == "\n" {
                return
            } else {
                take(as: .string)
            }
        }
    }

    private mutating func readInterpolation() {
        while index < text.count, text[index] != "(" { take(as: .string) }
        var depth = 0
        repeat {
            if let inner = stringOpening() {
                readString(inner)
                continue
            }
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" { depth -= 1 }
            take(as: .string)
        } while depth > 0 && index < text.count
    }

    private func starts(with expected: String) -> Bool {
        var position = index
        for character in expected {
            guard position < text.count, text[position] == character else { return false }
            position += 1
        }
        return true
    }

    private mutating func take(as layer: Layer) {
        guard index < text.count else { return }
        let character = text[index]
        index += 1
        let blank: Character = character == "\n" ? "\n" : " "
        code.append(layer == .code ? character : blank)
        strings.append(layer == .string ? character : blank)
        comments.append(layer == .comment ? character : blank)
    }
}
