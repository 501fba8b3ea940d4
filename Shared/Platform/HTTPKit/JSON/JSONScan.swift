// SPDX-License-Identifier: Apache-2.0

/// One pass over the bytes of a JSON text (RFC 8259), before any decoder sees them.
///
/// Decoders keep the last of duplicate keys and drop unknown ones, so both are refused here, and with them what
/// decoders differ on: byte order marks, lone surrogates, sloppy numbers, trailing bytes.
struct JSONScan {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let shape: JSONShape
    private let depthMax: Int
    private var index = 0
    private var depth = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, shape: JSONShape, depthMax: Int) {
        self.bytes = bytes
        self.shape = shape
        self.depthMax = depthMax
    }

    /// Walks the whole text; its outermost value must be an object.
    mutating func run() throws(JSONFault) {
        skipSpace()
        guard index < bytes.count else { throw .empty }
        guard bytes[index] == UInt8(ascii: "{") else { throw .notAnObject }
        try object(JSONShape.root)
        skipSpace()
        guard index == bytes.count else { throw .trailingBytes(offset: index) }
    }

    private mutating func value(_ node: Int?) throws(JSONFault) {
        switch current {
        case UInt8(ascii: "{"): try object(node)
        case UInt8(ascii: "["): try list(node)
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: throw .syntax(offset: index)
        }
    }

    private mutating func object(_ node: Int?) throws(JSONFault) {
        try descend()
        var met: UInt64 = 0
        if current != UInt8(ascii: "}") {
            while true {
                guard current == UInt8(ascii: "\"") else { throw .syntax(offset: index) }
                let start = index
                let child = try key(of: node, met: &met, start: start)
                skipSpace()
                try expect(UInt8(ascii: ":"))
                skipSpace()
                try value(child)
                skipSpace()
                guard current == UInt8(ascii: ",") else { break }
                index += 1
                skipSpace()
            }
        }
        try expect(UInt8(ascii: "}"))
        depth -= 1
    }

    private mutating func list(_ node: Int?) throws(JSONFault) {
        try descend()
        let element = shape.element(in: node)
        if current != UInt8(ascii: "]") {
            while true {
                try value(element)
                skipSpace()
                guard current == UInt8(ascii: ",") else { break }
                index += 1
                skipSpace()
            }
        }
        try expect(UInt8(ascii: "]"))
        depth -= 1
    }

    /// Steps over the opening bracket.
    private mutating func descend() throws(JSONFault) {
        depth += 1
        guard depth <= depthMax else { throw .tooDeep(depthMax: depthMax) }
        index += 1
        skipSpace()
    }

    private mutating func key(of node: Int?, met: inout UInt64, start: Int) throws(JSONFault) -> Int {
        let hasEscapes = try string()
        let raw = UnsafeBufferPointer(rebasing: bytes[(start + 1)..<(index - 1)])
        guard let node else { throw unknown(raw, below: nil, start: start) }
        let found =
            hasEscapes
            ? JSONEscapes.resolved(raw).withUnsafeBufferPointer { shape.key($0, in: node) }
            : shape.key(raw, in: node)
        guard let found else { throw unknown(raw, below: node, start: start) }
        let mark: UInt64 = 1 << UInt64(found.position)
        guard met & mark == 0 else { throw .duplicateKey(path: shape.path(of: found.node)) }
        met |= mark
        return found.node
    }

    private func unknown(_ raw: UnsafeBufferPointer<UInt8>, below node: Int?, start: Int) -> JSONFault {
        // An object in the place of a plain value: its keys are what was meant as the value.
        if let node, node != JSONShape.root, !shape.hasKeys(node) { return .noObject(path: shape.path(of: node)) }
        // Only a name that looks like one is repeated to the caller.
        let looksLikeName =
            (1...64).contains(raw.count)
            && raw.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        guard let node, looksLikeName else { return .nameless(offset: start) }
        let name = String(decoding: raw, as: UTF8.self)
        let parent = shape.path(of: node)
        return .unknownKey(path: parent.isEmpty ? name : "\(parent).\(name)")
    }

    /// Steps over a string and says whether it has escapes.
    private mutating func string() throws(JSONFault) -> Bool {
        index += 1
        var hasEscapes = false
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return hasEscapes
            case UInt8(ascii: "\\"):
                hasEscapes = true
                index = try JSONEscapes.end(of: index, in: bytes)
            case 0x20..<0x80: index += 1
            case 0x80...: index = try JSONEscapes.endOfScalar(at: index, in: bytes)
            default: throw .syntax(offset: index)
            }
        }
        throw .syntax(offset: index)
    }

    private mutating func number() throws(JSONFault) {
        if current == UInt8(ascii: "-") { index += 1 }
        if current == UInt8(ascii: "0") { index += 1 } else { try digits() }
        if current == UInt8(ascii: ".") {
            index += 1
            try digits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            index += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
    }

    private mutating func digits() throws(JSONFault) {
        let start = index
        while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(current) { index += 1 }
        guard index > start else { throw .syntax(offset: index) }
    }

    private mutating func literal(_ text: StaticString) throws(JSONFault) {
        let length = text.utf8CodeUnitCount
        guard index + length <= bytes.count else { throw .syntax(offset: index) }
        for offset in 0..<length where bytes[index + offset] != text.utf8Start[offset] {
            throw .syntax(offset: index)
        }
        index += length
    }

    private mutating func expect(_ byte: UInt8) throws(JSONFault) {
        guard current == byte else { throw .syntax(offset: index) }
        index += 1
    }

    private mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0a, 0x0d: index += 1
            default: return
            }
        }
    }

    /// The byte at hand; zero, which no JSON token begins with, past the end.
    private var current: UInt8 {
        index < bytes.count ? bytes[index] : 0
    }
}
