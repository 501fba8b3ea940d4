// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFADomain
import Primitives

/// What is remembered of a person's sign-ins, as the JSON column holds it.
enum RememberedRow {
    private struct Stored: Codable {
        let factor: String
        let kind: String
        let application: String
        let address: String?
        let at: Instant
    }

    /// What this program cannot read is not remembered: its person is asked.
    static func approvals(_ json: String) -> [RememberedApproval] {
        // Most people have none, and a decoder is much for that.
        if json == "[]" { return [] }
        let stored = (try? JSONDecoder().decode([Stored].self, from: Data(json.utf8))) ?? []
        return stored.prefix(RememberedApproval.countMax).compactMap { one in
            guard let factor = FactorID(one.factor), let kind = FactorKind(rawValue: one.kind) else { return nil }
            return RememberedApproval(
                factorID: factor, kind: kind, application: one.application,
                address: one.address.flatMap { IPAddress(parsing: $0) }, at: one.at)
        }
    }

    static func json(_ approvals: [RememberedApproval]) -> String {
        if approvals.isEmpty { return "[]" }
        let stored = approvals.map { one in
            Stored(
                factor: one.factorID.description, kind: one.kind.rawValue, application: one.application,
                address: one.address?.description, at: one.at)
        }
        return (try? JSONEncoder().encode(stored)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }

    /// When the last of them counts for nothing, whatever a policy says.
    static func end(of approvals: [RememberedApproval]) -> Instant? {
        approvals.map(\.at).max().map { $0 + .seconds(RememberedApproval.secondsMax) }
    }
}
