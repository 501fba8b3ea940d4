// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// A row of the audit: a decision, or an administrative act.
package struct AuditRowResponse: Codable, Sendable, Equatable {
    /// The result of a sign-in in the terms of the predecessor's activity reports.
    package struct CallResult: Codable, Sendable, Equatable {
        /// Absent where only the name is known.
        package var number: Int?
        package var name: String

        package init(number: Int?, name: String) {
            self.number = number
            self.name = name
        }
    }

    package var id: Int64
    package var at: Instant
    /// Such as `otp.ok` or `user.blocked`.
    package var event: String
    /// `approved`, `denied`, `pending`, `expired`, `cancelled`, `done` or `refused`.
    package var outcome: String
    package var reason: String?
    /// For rows about sign-ins.
    package var callResult: CallResult?
    package var frontEnd: String
    package var actor: String
    package var peer: String?
    package var application: String?
    package var clientAddress: String?
    /// The name as it was typed.
    package var userGiven: String?
    package var userId: String?
    package var factorId: String?
    package var factorKind: String?
    package var signInId: String?
    package var requestId: String?
    package var instance: String?
    package var detail: [String: String]
    /// For administrative acts: a pair of what was before and what is now for each field that was changed.
    package var changes: [String: [AuditValue?]]?

    package init(
        id: Int64, at: Instant, event: String, outcome: String, reason: String? = nil, callResult: CallResult? = nil,
        frontEnd: String, actor: String, peer: String? = nil, application: String? = nil,
        clientAddress: String? = nil, userGiven: String? = nil, userId: String? = nil, factorId: String? = nil,
        factorKind: String? = nil, signInId: String? = nil, requestId: String? = nil, instance: String? = nil,
        detail: [String: String] = [:], changes: [String: [AuditValue?]]? = nil
    ) {
        self.id = id
        self.at = at
        self.event = event
        self.outcome = outcome
        self.reason = reason
        self.callResult = callResult
        self.frontEnd = frontEnd
        self.actor = actor
        self.peer = peer
        self.application = application
        self.clientAddress = clientAddress
        self.userGiven = userGiven
        self.userId = userId
        self.factorId = factorId
        self.factorKind = factorKind
        self.signInId = signInId
        self.requestId = requestId
        self.instance = instance
        self.detail = detail
        self.changes = changes
    }
}

/// A value before or after a change; a secret is the text `***`.
package enum AuditValue: Codable, Sendable, Equatable, CustomStringConvertible {
    case flag(Bool)
    case number(Int64)
    case text(String)
    case list([String])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Int64.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .list(try container.decode([String].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .flag(let flag): try container.encode(flag)
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        case .list(let members): try container.encode(members)
        }
    }

    package var description: String {
        switch self {
        case .flag(let flag): flag ? "true" : "false"
        case .number(let number): String(number)
        case .text(let text): text
        case .list(let members): members.joined(separator: ", ")
        }
    }
}
