// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Primitives

/// A service account as commands report it.
struct ReportedAccount: Encodable {
    /// A secret by its id, or a certificate by its mark.
    struct Credential: Encodable {
        let name: String
        let createdAt: Instant
        /// Absent while nothing follows it.
        let endsAt: Instant?

        init(_ credential: ServiceAccount.Credential) {
            name = credential.name
            createdAt = credential.createdAt
            endsAt = credential.endsAt
        }

        var text: String { endsAt.map { "\(name) until \($0)" } ?? name }
    }

    let id: String
    let name: String
    let scopes: [String]
    let application: String?
    let networks: [String]
    /// Absent where it has the limits of everybody.
    let ratePerSecond: Int?
    let concurrencyMax: Int?
    let waitingMax: Int?
    /// `active` or `disabled`.
    var state = "active"
    var createdAt: Instant?
    var createdBy: String?
    /// Those that are live: two during a rotation.
    var secrets: [Credential] = []
    /// In the answer to `list`.
    var certificates: [Credential] = []
    /// Only in the answer to `add`, and nowhere ever again.
    var secret: String?

    init(_ account: ServiceAccount) {
        id = account.id.description
        name = account.name
        scopes = account.scopes
        application = account.application
        networks = account.networks
        ratePerSecond = account.limits.ratePerSecond
        concurrencyMax = account.limits.concurrencyMax
        waitingMax = account.limits.waitingMax
        state = account.disabledAt == nil ? "active" : "disabled"
        createdAt = account.createdAt
        createdBy = account.createdBy
        secrets = account.secrets.map(Credential.init)
        certificates = account.certificates.map(Credential.init)
    }

    init(_ account: NewServiceAccount, secret: ServiceAccountSecret?) {
        id = account.id.description
        name = account.name
        scopes = account.scopes
        application = account.application
        networks = account.networks
        ratePerSecond = account.limits.ratePerSecond
        concurrencyMax = account.limits.concurrencyMax
        waitingMax = account.limits.waitingMax
        marks = account.certificates
        self.secret = secret?.text.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    private var marks: [String] = []

    private enum CodingKeys: CodingKey {
        case id, name, scopes, application, networks, ratePerSecond, concurrencyMax, waitingMax, state, createdAt
        case createdBy, secrets, certificates, secret
    }

    /// One line for each fact, for the answer to `add`.
    var facts: String {
        TextTable.facts([
            ("name", name), ("scopes", scopes.joined(separator: " ")), ("application", application),
            ("networks", Self.list(networks)), ("certificates", marks.isEmpty ? nil : marks.joined(separator: " ")),
            ("limits", limits), ("secret", secret),
        ])
    }

    private var limits: String? {
        let set = [
            ratePerSecond.map { "\($0) a second" }, concurrencyMax.map { "\($0) at once" },
            waitingMax.map { "\($0) waiting" },
        ].compactMap { $0 }
        return set.isEmpty ? nil : set.joined(separator: ", ")
    }

    private static func list(_ networks: [String]) -> String {
        networks.isEmpty ? "any" : networks.joined(separator: " ")
    }

    static func table(_ items: [ReportedAccount]) -> TextTable {
        var table = TextTable([
            "NAME", "STATE", "SCOPES", "APPLICATION", "NETWORKS", "SECRETS", "CERTIFICATES", "LIMITS", "CREATED AT",
            "CREATED BY",
        ])
        for item in items {
            table.add([
                item.name, item.state, item.scopes.joined(separator: " "), item.application, list(item.networks),
                item.secrets.isEmpty ? nil : item.secrets.map(\.text).joined(separator: ", "),
                item.certificates.isEmpty ? nil : item.certificates.map(\.text).joined(separator: ", "), item.limits,
                item.createdAt?.description, item.createdBy,
            ])
        }
        return table
    }
}

/// What `service-account rotate` did.
struct ReportedRotation: Encodable {
    let name: String
    /// How long the former ones live on.
    let overlapSeconds: Int
    var certificates: [String]?
    var secret: String?

    var facts: String {
        TextTable.facts([
            ("name", name),
            ("former", overlapSeconds == 0 ? "ended" : "good for another \(overlapSeconds) seconds"),
            ("certificates", certificates?.joined(separator: " ")), ("secret", secret),
        ])
    }
}
