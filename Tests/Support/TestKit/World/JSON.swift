// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// A JSON value as a stranger reads and writes it, without the services' own types.
package enum JSON: Sendable, Equatable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// Nil when the bytes are not one JSON value.
    package init?(parsing bytes: [UInt8]) {
        guard let value = try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed]) else {
            return nil
        }
        self.init(any: value)
    }

    private init(any value: Any) {
        switch value {
        case let text as String: self = .string(text)
        case let items as [Any]: self = .array(items.map { JSON(any: $0) })
        case let members as [String: Any]: self = .object(members.mapValues { JSON(any: $0) })
        case let number as NSNumber:
            // A boolean is a number to Foundation; only its type encoding tells.
            self = String(cString: number.objCType) == "c" ? .boolean(number.boolValue) : .number(number.doubleValue)
        default: self = .null
        }
    }

    package subscript(key: String) -> JSON? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    package var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    package var integer: Int? {
        if case .number(let number) = self { Int(exactly: number) } else { nil }
    }

    package var boolean: Bool? {
        if case .boolean(let value) = self { value } else { nil }
    }

    package var items: [JSON] {
        if case .array(let items) = self { items } else { [] }
    }

    package var keys: Set<String> {
        if case .object(let members) = self { Set(members.keys) } else { [] }
    }

    /// UTF-8, keys in order.
    package var bytes: [UInt8] {
        switch self {
        case .null: return Array("null".utf8)
        case .boolean(let value): return Array("\(value)".utf8)
        case .number(let number): return Array((Int(exactly: number).map { "\($0)" } ?? "\(number)").utf8)
        case .string(let text):
            let data = (try? JSONSerialization.data(withJSONObject: text, options: [.fragmentsAllowed])) ?? Data()
            return Array(data)
        case .array(let items): return Array("[".utf8) + Self.joined(items.map(\.bytes)) + Array("]".utf8)
        case .object(let members):
            let parts = members.sorted { $0.key < $1.key }.map { JSON.string($0.key).bytes + [0x3a] + $0.value.bytes }
            return Array("{".utf8) + Self.joined(parts) + Array("}".utf8)
        }
    }

    private static func joined(_ parts: [[UInt8]]) -> [UInt8] { Array(parts.joined(separator: [0x2c])) }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .number(Double(value)) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Dictionary(elements) { $1 })
    }

    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
}
