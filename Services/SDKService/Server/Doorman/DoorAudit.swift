// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
package import Postgres

/// Where the door's refusals are written down.
package protocol DoorAudit: Sendable {
    /// Writes all rows in one transaction.
    func append(_ rows: [DoorAuditRow]) async throws
}

/// One refusal at the door, with the names that `core.audit_append` knows.
package struct DoorAuditRow: Encodable, Equatable, Sendable {
    package let event: String
    package let outcome = "refused"
    package let reason: String
    package let frontEnd = "sdk"
    package let actor: String
    package let peer: String?
    package let requestID: String?
    package let detail: [String: String]

    private enum CodingKeys: String, CodingKey {
        case event, outcome, reason, actor, peer, detail
        case frontEnd = "front_end"
        case requestID = "request_id"
    }

    /// An account that is known asked for what it may not do.
    static func forbidden(
        _ account: String, operation: String, reason: ScopeRefusal, peer: String, requestID: String
    ) -> DoorAuditRow {
        DoorAuditRow(
            event: "door.forbidden", reason: reason.rawValue, actor: account, peer: peer.isEmpty ? nil : peer,
            requestID: requestID, detail: ["operation": operation])
    }

    /// Credentials were refused `count` times.
    static func unauthenticated(_ key: RefusalTally.Key, count: Int) -> DoorAuditRow {
        DoorAuditRow(
            event: "door.unauthenticated", reason: key.reason.rawValue, actor: key.actor,
            peer: key.peer.isEmpty ? nil : key.peer, requestID: nil, detail: ["count": String(count)])
    }

    /// A name as it may stand in the audit: one line, not too long, and no secret that stood in its place.
    static func actor(_ name: String) -> String {
        if name.isEmpty { return "(none)" }
        if name.hasPrefix("cs_") { return "(a secret)" }
        var text = ""
        for scalar in name.unicodeScalars.prefix(Limits.auditNameMax) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
                text += "\\u{\(String(scalar.value, radix: 16))}"
            default:
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

/// The audit in the database, which sdk-service can only append to.
package struct PostgresDoorAudit: DoorAudit {
    private let client: PostgresClient

    package init(_ client: PostgresClient) {
        self.client = client
    }

    /// Whether rows could be appended; writes none.
    func isWritable() async throws -> Bool {
        try await client.query(DoorStatements.mayAudit, deadline: Limits.accountDeadline).first?.boolean("may_audit")
            ?? false
    }

    package func append(_ rows: [DoorAuditRow]) async throws {
        let json = String(decoding: try JSONEncoder().encode(rows), as: UTF8.self)
        _ = try await client.execute(DoorStatements.audit, [.json(json)])
    }
}
