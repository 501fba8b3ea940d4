// SPDX-License-Identifier: Apache-2.0
import MFADomain

/// What stands in a row's `detail`: facts as texts and, for an administrative act, `changes`: an object with a pair
/// `[before, after]` for each field, null where there was nothing, `"***"` for a secret (R87).
struct AuditDetail: Encodable {
    let facts: [String: String]
    let changes: [AuditChange]

    /// What stands for a secret.
    static let mask = "***"
    /// Characters of a value that are kept: a line of a policy is longer than a name.
    private static let valueMax = 1024
    /// Members of a list that are kept: all but those of a very long network, which the hash of the policy's file covers.
    private static let listMax = 200

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { return nil }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for (name, text) in facts { try container.encode(text, forKey: Key(name)) }
        guard !changes.isEmpty else { return }
        var fields = container.nestedContainer(keyedBy: Key.self, forKey: Key("changes"))
        for change in changes {
            var pair = fields.nestedUnkeyedContainer(forKey: Key(AuditRow.clean(change.field)))
            try Self.encode(change.before, to: &pair)
            try Self.encode(change.after, to: &pair)
        }
    }

    private static func encode(_ value: AuditChange.Value?, to pair: inout any UnkeyedEncodingContainer) throws {
        switch value {
        case nil: try pair.encodeNil()
        case .text(let text): try pair.encode(AuditRow.clean(text, max: valueMax))
        case .flag(let flag): try pair.encode(flag)
        case .number(let number): try pair.encode(number)
        case .list(let members): try pair.encode(members.prefix(listMax).map { AuditRow.clean($0) })
        case .secret: try pair.encode(mask)
        }
    }
}
