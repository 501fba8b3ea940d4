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
    let frontEnd: String
    let actor: String
    let peer: String?
    let application: String?
    let clientAddress: String?
    let userGiven: String?
    let userID: String?
    let factorID: String?
    let factorKind: String?
    let signInID: String?
    let requestID: String?
    let detail: AuditDetail

    private enum CodingKeys: String, CodingKey {
        case instance, event, outcome, reason, actor, peer, application, detail
        case frontEnd = "front_end"
        case clientAddress = "client_address"
        case userGiven = "user_given"
        case userID = "user_id"
        case factorID = "factor_id"
        case factorKind = "factor_kind"
        case signInID = "sign_in_id"
        case requestID = "request_id"
    }

    /// Characters of a free text that are kept; more than that is somebody's attempt to fill the table.
    static let textMax = 256

    init(_ event: AuditEvent, caller: Caller, instance: String) {
        self.instance = instance
        self.event = event.event
        outcome = event.outcome
        reason = event.reason.map { Self.clean($0) }
        frontEnd = caller.frontEnd
        actor = caller.account
        peer = caller.peer.nonEmpty
        application = event.application.map { Self.clean($0) }
        clientAddress = (event.clientAddress ?? caller.phoneAddress).nonEmpty.map { Self.clean($0) }
        userGiven = event.userGiven.map { Self.clean($0) }
        userID = event.userID?.description
        factorID = event.factorID?.description
        factorKind = event.factorKind?.rawValue
        signInID = event.signInID?.description
        requestID = caller.requestID.nonEmpty
        var detail = event.detail.mapValues { Self.clean($0) }
        // A decision's own client is whoever signs in; the phone that answers is somewhere else.
        if event.clientAddress != nil, let address = caller.phoneAddress.nonEmpty {
            detail["phone_address"] = Self.clean(address)
        }
        self.detail = AuditDetail(facts: detail, changes: event.changes)
    }

    /// The text on one line: control and direction-changing characters are written as escapes (R87).
    static func clean(_ text: String, max: Int = textMax) -> String {
        let printable = UInt8(ascii: " ")...UInt8(ascii: "~")
        if text.utf8.count <= max, text.utf8.allSatisfy({ printable.contains($0) }) { return text }
        var result = ""
        for scalar in text.unicodeScalars.prefix(max) {
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

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
