// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Postgres

/// An act of an exported audit that took something away.
package struct LostAct: Sendable, Equatable {
    /// The row's id and time, as the export has them.
    package let id: Int64
    package let at: String
    package let event: String
    package let actor: String
    /// The person's present name, or what the row says of them.
    package let user: String?
    package let factor: String?
    /// What else the row says in plain words, such as the name of a service account.
    package let detail: [String: String]
}

/// Compares an exported audit with a restored database (R91): whatever was taken away after the backup is back, and the
/// export is what still knows of it.
package struct LostActs: Sendable {
    /// Acts after which somebody or something had fewer rights, or another secret.
    static let events: Set<String> = [
        "authenticator.disabled", "factor.removed", "push.fraud", "service_account.disabled", "service_account.limited",
        "service_account.removed", "service_account.rotated", "user.blocked", "user.deleted", "user.password_set",
        "user.updated",
    ]
    /// Acts of which the database is asked at once.
    private static let batchMax = 500

    private let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Those acts of the file that the database does not know, in the file's order.
    ///
    /// - Throws: ``KeyError`` when the file is no whole export; ``PostgresError``.
    package func find(in file: AuditFile) async throws -> [LostAct] {
        if let fault = try file.verify().fault {
            throw KeyError(.fileMalformed, "The export is not whole: \(fault.sentence)")
        }
        var (lost, waiting): ([LostAct], [Act]) = ([], [])
        var lines = try LineReader(path: file.path, lineBytesMax: AuditFile.lineBytesMax)
        while let line = try lines.next() {
            guard let parsed = AuditExportLine(line), case .link(let link, _) = parsed, let row = link.row,
                let act = try? JSONDecoder().decode(Act.self, from: Data(row.canonical)),
                Self.events.contains(act.event)
            else { continue }
            waiting.append(act)
            if waiting.count == Self.batchMax {
                lost += try await unknown(waiting)
                waiting = []
            }
        }
        return waiting.isEmpty ? lost : lost + (try await unknown(waiting))
    }

    private func unknown(_ acts: [Act]) async throws(PostgresError) -> [LostAct] {
        let rows = try await client.query(
            RestoreStatements.unknownActs,
            [.integers(acts.map(\.id)), .texts(acts.map(\.at)), .texts(acts.map(\.userID))])
        var names: [Int64: String?] = [:]
        for row in rows { names[try row.integer("id")] = .some(try row.optionalText("username")) }
        return acts.compactMap { act in
            guard let name = names[act.id] else { return nil }
            return LostAct(
                id: act.id, at: act.at, event: act.event, actor: act.actor,
                user: name ?? act.userGiven ?? act.userID, factor: act.factorID, detail: act.detail?.texts ?? [:])
        }
    }

    /// What is read of a row's canonical JSON.
    private struct Act: Decodable {
        let id: Int64
        let at: String
        let event: String
        let actor: String
        let userID: String?
        let userGiven: String?
        let factorID: String?
        let detail: Texts?

        private enum CodingKeys: String, CodingKey {
            case id, at, event, actor, detail
            case userID = "user_id"
            case userGiven = "user_given"
            case factorID = "factor_id"
        }
    }

    /// The members of an object that are texts; the others, such as what an act changed, are left out.
    private struct Texts: Decodable {
        let texts: [String: String]

        private struct Key: CodingKey {
            let stringValue: String
            let intValue: Int? = nil

            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { return nil }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            var texts: [String: String] = [:]
            for key in container.allKeys { texts[key.stringValue] = try? container.decode(String.self, forKey: key) }
            self.texts = texts
        }
    }
}
