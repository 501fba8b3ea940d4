// SPDX-License-Identifier: Apache-2.0
import Yams

/// The text of a policy file as a tree, or in one sentence why it is none.
enum PolicyYAML {
    /// - Throws: what is wrong with the file as a whole.
    static func compose(_ text: String) throws(PolicyFault) -> Node {
        guard text.utf8.count <= PolicyFile.bytesMax else {
            throw PolicyFault(line: nil, sentence: "The file has more than \(PolicyFile.bytesMax / 1_024) KiB.")
        }
        if let line = lineOfAnchor(in: text) {
            throw PolicyFault(
                line: line,
                sentence: "A policy takes no anchors (&name) and no aliases: write it out, or name a network or hours; "
                    + "an & that is only an & wants a space behind it.")
        }
        do {
            if let root = try Yams.compose(yaml: text) { return root }
        } catch let error as YamlError {
            throw PolicyFault(line: line(of: error), sentence: "This is no YAML: \(sentence(of: error))")
        } catch {
            throw PolicyFault(line: nil, sentence: "This is no YAML.")
        }
        throw PolicyFault(line: nil, sentence: "The file is empty.")
    }

    /// Where the first word begins with `&`, in quotes or not; an alias needs an anchor before it.
    ///
    /// Looked for before anything is read: a few lines of aliases stand for billions of values, which would all be
    /// walked through, and an alias is the one thing by which a part of the file could hold itself.
    private static func lineOfAnchor(in text: String) -> Int? {
        var line = 1
        var previous = UInt8(ascii: " ")
        var isAfterMark = false
        for byte in text.utf8 {
            if isAfterMark, !isSpace(byte) { return line }
            isAfterMark = byte == UInt8(ascii: "&") && !endsValue(previous)
            if byte == UInt8(ascii: "\n") { line += 1 }
            previous = byte
        }
        return nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n")].contains(byte)
    }

    /// Whether an `&` behind this byte is part of a value; what is not ASCII may be a space of YAML's.
    private static func endsValue(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "\""), UInt8(ascii: "'"):
            true
        default: false
        }
    }

    private static func line(of error: YamlError) -> Int? {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: nil
        }
    }

    /// The reader's own words; what stands in the file is told only where a terminal can show it.
    private static func sentence(of error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _):
            "\(problem)."
        case .reader(let problem, _, _, _): "\(problem); it has to be UTF-8 without control characters."
        case .duplicatedKeysInMapping(let keys, _):
            if let key = keys.first, TerminalText.clean(key) == key, key.unicodeScalars.count <= 64 {
                "“\(key)” stands twice; put both into one."
            } else {
                "a key stands twice; put both into one."
            }
        default: "it cannot be read."
        }
    }
}
