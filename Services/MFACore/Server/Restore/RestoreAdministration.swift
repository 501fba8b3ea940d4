// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Postgres

/// What `audit lost` does; it needs no key.
package enum RestoreAdministration {
    private struct ReportedAct: Encodable {
        let id: Int64
        let at: String
        let event: String
        let user: String?
        let factor: String?
        let actor: String
        let detail: [String: String]

        init(_ act: LostAct) {
            id = act.id
            at = act.at
            event = act.event
            user = act.user
            factor = act.factor
            actor = act.actor
            detail = act.detail
        }
    }

    /// Lists what an exported audit says was taken away, and this database does not know of: it is from before (R91).
    package static func lost(file path: String, _ options: CommandOptions) async throws -> CommandReport {
        let acts = try await CommandDatabase.run(options) { client in
            try await LostActs(client: client).find(in: AuditFile(path: path))
        }
        var table = TextTable(["AT", "EVENT", "USER", "FACTOR", "BY", "DETAIL"])
        for act in acts {
            let detail = act.detail.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            table.add([
                act.at, act.event, act.user, act.factor, act.actor,
                detail.isEmpty ? nil : detail.joined(separator: ", "),
            ])
        }
        return try CommandReport(
            table.text(empty: "This database knows all that the export says was taken away."),
            document: ReportedItems(acts.map { ReportedAct($0) }))
    }
}
