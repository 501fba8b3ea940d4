// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPKit
import MFAAPI
import MFACoreStore
import Primitives

/// What `GET /audit` is asked for: filters that all have to fit, `limit` and `cursor`.
struct AuditQuery: Sendable {
    private(set) var filter = AuditFilter()
    /// A name in any spelling, or an id.
    private(set) var user: String?
    /// Only rows with lower ids.
    private(set) var before: Int64?
    private(set) var limit = PageLimits.limitDefault

    /// No column that is asked for holds more.
    private static let charactersMax = 256

    init(_ query: [Substring: Substring]) throws(Problem) {
        for (key, value) in query { try take(String(key), String(value)) }
    }

    private mutating func take(_ key: String, _ value: String) throws(Problem) {
        let given = value.replacingOccurrences(of: "+", with: " ").removingPercentEncoding ?? ""
        switch key {
        case "user": user = try Self.text(given, key)
        case "event": filter.event = try Self.text(given, key)
        case "outcome": filter.outcome = try Self.text(given, key)
        case "reason": filter.reason = try Self.text(given, key)
        case "application": filter.application = try Self.text(given, key)
        case "actor": filter.actor = try Self.text(given, key)
        case "frontEnd": filter.frontEnd = try Self.text(given, key)
        case "signIn":
            guard let id = SignInID(given) else { throw Self.invalid("signIn: expected the id of a sign-in.") }
            filter.signIn = id
        case "since": filter.since = try Self.time(given, key)
        case "until": filter.until = try Self.time(given, key)
        case "limit":
            guard let number = Int(given), (1...PageLimits.limitMax).contains(number) else {
                throw Self.invalid("limit: expected 1 to \(PageLimits.limitMax).")
            }
            limit = number
        case "cursor":
            guard let bytes = Base64URL.decode(given), let text = String(validating: bytes, as: UTF8.self),
                let id = Int64(text), id > 0
            else { throw Self.invalid("cursor: not one of ours.") }
            before = id
        default:
            throw Self.invalid(
                "Unknown query parameter; known are user, event, outcome, reason, application, actor, frontEnd, "
                    + "signIn, since, until, limit and cursor.")
        }
    }

    /// An opaque cursor for the page that begins after the row `id`.
    static func cursor(after id: Int64) -> String { Base64URL.encode(Array(String(id).utf8)) }

    /// A text as a column may hold it: rows have no control characters.
    private static func text(_ given: String, _ key: String) throws(Problem) -> String {
        let isClean = given.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard !given.isEmpty, given.unicodeScalars.count <= charactersMax, isClean else {
            throw invalid("\(key): use 1 to \(charactersMax) characters without control characters.")
        }
        return given
    }

    private static func time(_ given: String, _ key: String) throws(Problem) -> Instant {
        guard let time = Instant(given), time >= Instant(seconds: 0) else {
            throw invalid("\(key): expected a time such as 2026-01-02T03:04:05Z.")
        }
        return time
    }

    private static func invalid(_ detail: String) -> Problem { Problem(ErrorCode.invalidRequest, detail: detail) }
}
