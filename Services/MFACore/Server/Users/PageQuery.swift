// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPKit
import MFAAPI
import Primitives

/// `search`, `limit` and `cursor` of a list.
struct PageQuery: Sendable {
    let search: String?
    let after: String?
    let limit: Int

    init(_ query: [Substring: Substring]) throws(Problem) {
        var search: String?
        var after: String?
        var limit = PageLimits.limitDefault
        for (key, value) in query {
            let text = String(value).replacingOccurrences(of: "+", with: " ").removingPercentEncoding
            switch key {
            case "search":
                guard let text, text.utf8.count <= 128 else { throw Self.invalid("search: at most 128 bytes.") }
                search = text.isEmpty ? nil : text
            case "cursor":
                guard let text, let bytes = Base64URL.decode(text), !bytes.isEmpty,
                    let name = String(validating: bytes, as: UTF8.self), !name.contains("\0")
                else { throw Self.invalid("cursor: not one of ours.") }
                after = name
            case "limit":
                guard let text, let number = Int(text), (1...PageLimits.limitMax).contains(number) else {
                    throw Self.invalid("limit: expected 1 to \(PageLimits.limitMax).")
                }
                limit = number
            default: throw Self.invalid("Unknown query parameter; known are search, limit and cursor.")
            }
        }
        self.search = search
        self.after = after
        self.limit = limit
    }

    /// An opaque cursor for the page that begins after `name`.
    static func cursor(after name: String) -> String { Base64URL.encode(Array(name.utf8)) }

    private static func invalid(_ detail: String) -> Problem { Problem(ErrorCode.invalidRequest, detail: detail) }
}
