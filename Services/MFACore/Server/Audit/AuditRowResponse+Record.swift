// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFAAPI
import MFACoreStore
import MFADomain
import Primitives

extension AuditRowResponse {
    /// The row as the contract tells it.
    init(_ record: AuditRecord) {
        let detail = Detail(record.detail)
        self.init(
            id: record.id, at: record.at, event: record.event, outcome: record.outcome, reason: record.reason,
            callResult: MFADomain.CallResult(event: record.event, reason: record.reason).map {
                CallResult(number: $0.number, name: $0.name)
            },
            frontEnd: record.frontEnd, actor: record.actor, peer: record.peer, application: record.application,
            clientAddress: record.clientAddress, userGiven: record.userGiven, userId: record.userID?.description,
            factorId: record.factorID?.description, factorKind: record.factorKind,
            signInId: record.signInID?.description, requestId: record.requestID, instance: record.instance,
            detail: detail.facts, changes: detail.changes)
    }

    /// The column `detail`, read piece by piece: what one program wrote into it and another does not understand costs
    /// nothing else.
    private struct Detail: Decodable {
        private(set) var facts: [String: String] = [:]
        private(set) var changes: [String: [AuditValue?]]?

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }

            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { return nil }
        }

        init(_ json: String) {
            self = (try? JSONDecoder().decode(Self.self, from: Data(json.utf8))) ?? Self()
        }

        private init() {}

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            for key in container.allKeys {
                if key.stringValue == "changes",
                    let pairs = try? container.decode([String: [AuditValue?]].self, forKey: key)
                {
                    changes = pairs
                } else if let value = try? container.decode(AuditValue.self, forKey: key) {
                    facts[key.stringValue] = value.description
                }
            }
        }
    }
}
