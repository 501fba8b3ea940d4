// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPKit
import NIOCore
import Primitives

enum StrictJSONEntry {
    private struct Body: Decodable {
        struct Part: Decodable {
            var number: String?
            var parts: [[Int]]?
        }

        var text: String?
        var count: Int?
        var share: Double?
        var isTrue: Bool?
        var list: [Part]?
        var part: Part?
    }

    /// Takes any value without looking at it, so that only the text itself is judged.
    private struct Anything: Decodable {}

    private static let keyPaths: Set<String> = [
        "text", "count", "share", "isTrue", "list", "list[].number", "list[].parts", "list[].parts[][]", "part",
        "part.number", "part.parts", "part.parts[][]",
    ]
    private static let shape = JSONShape(keyPaths: keyPaths)
    private static let names = Set(
        keyPaths.flatMap { path in path.split(separator: ".").map { String($0.prefix { $0 != "[" }) } })

    static func fault(on bytes: [UInt8]) -> String? {
        do throws(Problem) {
            try StrictJSON.check(ByteBuffer(bytes: bytes), shape: shape)
        } catch {
            let decoded = try? StrictJSON.decode(Body.self, from: bytes, keyPaths: keyPaths)
            if decoded != nil { return "what the scan refuses is decoded" }
            return [400, 413].contains(error.code.status) ? nil : "a bad body is answered with \(error.code.status)"
        }
        // What the scan accepts Foundation accepts, and sees the same keys, each once.
        guard (try? JSONDecoder().decode(Anything.self, from: Data(bytes))) != nil else {
            return "Foundation cannot read what the scan accepts"
        }
        var objects = JSONKeys(bytes)
        guard let keys = objects.read() else { return "its keys cannot be told" }
        for object in keys {
            guard Set(object).count == object.count else { return "a key stands twice" }
            guard names.isSuperset(of: object) else { return "an unknown key is accepted" }
        }
        return nil
    }
}

/// The keys of each object of a text that is JSON, escapes undone: found without the scan that is judged by them.
private struct JSONKeys {
    private let bytes: [UInt8]
    private var place = 0
    private var open: [(isObject: Bool, keys: [String])] = []
    private var closed: [[String]] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func read() -> [[String]]? {
        var expectsKey = false
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "{"):
                open.append((true, []))
                expectsKey = true
            case UInt8(ascii: "["):
                open.append((false, []))
                expectsKey = false
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard let last = open.popLast() else { return nil }
                if last.isObject { closed.append(last.keys) }
                expectsKey = false
            case UInt8(ascii: ","): expectsKey = open.last?.isObject ?? false
            case UInt8(ascii: "\""):
                guard let text = string() else { return nil }
                if expectsKey, !open.isEmpty { open[open.count - 1].keys.append(text) }
                expectsKey = false
                continue
            default: break
            }
            place += 1
        }
        return open.isEmpty ? closed : nil
    }

    /// The string that begins here; moves behind it.
    private mutating func string() -> String? {
        let start = place
        place += 1
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
            place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard place < bytes.count else { return nil }
        place += 1
        return try? JSONDecoder().decode(String.self, from: Data(bytes[start..<place]))
    }
}
