// SPDX-License-Identifier: Apache-2.0
import Postgres

/// A row of the audit as the chain hashes it: one JSON object with the columns' names as keys and, as `seq`, the row's
/// place in the chain.
///
/// Columns without a value are absent. `id` and `seq` are numbers, `detail` an object, all others strings: `at` in RFC
/// 3339, UTC, with six digits of a second; `xid`, the transaction, in decimal.
enum CanonicalAuditRow {
    /// Keys in their order. ``AuditChainStatements`` selects the columns in the same one.
    static let keys = [
        "actor", "application", "at", "client_address", "detail", "event", "factor_id", "factor_kind", "front_end",
        "id",
        "instance", "outcome", "peer", "reason", "request_id", "seq", "sign_in_id", "user_given", "user_id", "xid",
    ]

    /// The columns: every key but `seq`, which is no column of the row.
    static let columns = keys.filter { $0 != "seq" }

    private enum Form {
        case string, number, object, place
    }

    private static let members: [(opening: [UInt8], form: Form)] = keys.map { key in
        let form: Form =
            switch key {
            case "id": .number
            case "detail": .object
            case "seq": .place
            default: .string
            }
        return (Array("\"\(key)\":".utf8), form)
    }

    private static let quote = UInt8(ascii: "\"")
    private static let emptyObject = Array("{}".utf8)

    /// Appends the row whose ``columns`` begin at position `first` of `row`, as it stands at `seq`.
    static func append(_ row: Row, from first: Int, seq: Int64, to buffer: inout [UInt8]) {
        var position = first
        var separator = UInt8(ascii: "{")
        for (opening, form) in members {
            let start = buffer.count
            buffer.append(separator)
            buffer.append(contentsOf: opening)
            if form == .place {
                buffer.append(contentsOf: String(seq).utf8)
            } else {
                if form == .string { buffer.append(quote) }
                let valueStart = buffer.count
                let hasValue = row.append(valueAt: position, to: &buffer)
                position += 1
                guard hasValue else {
                    buffer.removeSubrange(start...)
                    continue
                }
                finish(form, from: valueStart, in: &buffer)
            }
            separator = UInt8(ascii: ",")
        }
        buffer.append(UInt8(ascii: "}"))
    }

    private static func finish(_ form: Form, from start: Int, in buffer: inout [UInt8]) {
        switch form {
        case .string:
            CanonicalJSON.escape(from: start, in: &buffer)
            buffer.append(quote)
        case .object where !buffer[start...].elementsEqual(emptyObject):
            let ordered = CanonicalJSON.ordered(Array(buffer[start...]))
            buffer.replaceSubrange(start..., with: ordered)
        case .number, .object, .place: break
        }
    }
}
