// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFADomain
import Primitives

/// An audit event as the object that `core.audit_append` takes.
struct AuditRow: Encodable {
    let instance: String
    let event: String
    let outcome: String
    let reason: String?
    let front_end: String
    let actor: String
    let peer: String?
    let application: String?
    let client_address: String?
    let user_given: String?
    let user_id: String?
    let factor_id: String?
    let factor_kind: String?
    let sign_in_id: String?
    let request_id: String?
    let detail: [String: String]

    /// Characters of a free text that are kept; more than that is somebody's attempt to fill the table.
    static let textMax = 256

    init(_ event: AuditEvent, caller: Caller, instance: String) {
        self.instance = instance
        self.event = event.event
        outcome = event.outcome
        reason = event.reason.map(Self.clean)
        front_end = caller.frontEnd
        actor = caller.account
        peer = caller.peer.isEmpty ? nil : caller.peer
        application = event.application.map(Self.clean)
        client_address = event.clientAddress.flatMap { $0.isEmpty ? nil : Self.clean($0) }
        user_given = event.userGiven.map(Self.clean)
        user_id = event.userID?.description
        factor_id = event.factorID?.description
        factor_kind = event.factorKind?.rawValue
        sign_in_id = event.signInID?.description
        request_id = caller.requestID.isEmpty ? nil : caller.requestID
        detail = event.detail.mapValues(Self.clean)
    }

    /// The text on one line: control and direction-changing characters are written as escapes (R87).
    static func clean(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(textMax) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The JSON array for one call of `core.audit_append`.
    static func json(_ rows: [AuditRow]) -> String {
        (try? JSONEncoder().encode(rows)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }
}
