// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MFAAPI
import MFACoreServer
import MFACoreStore
import MFADomain
import NIOCore
import Postgres
import Primitives
import ServiceRuntime
import TestKit

/// mfa-core's internal listener over a database of one test's own, called as sdk-service calls it.
struct CoreDoor: Sendable {
    /// An id that nothing has.
    static let noID = "00000000-0000-4000-8000-000000000000"

    let database: CoreDatabase
    let client: any TestClientProtocol
    let hub: DecisionHub
    let draining: Draining

    /// Runs `body` with the listener; `settings` are keys of mfa-core's configuration.
    static func open<R: Sendable>(
        _ settings: [String: String] = [:], on setup: TestingSetup = .router,
        _ body: @escaping @Sendable (CoreDoor) async throws -> R
    ) async throws -> R {
        let rules = try Self.rules(settings)
        return try await withCoreDatabase { database in
            let keyring = try await database.keyring()
            return try await PostgresClient.withClient(database.configuration(.core), logger: .silent) { client in
                let hub = DecisionHub(client: client, logger: .silent)
                let keys = LiveKeyring(keyring, store: PostgresKeyStore(client: client))
                let core = CoreServices(
                    client: client, keys: keys, rules: rules, clock: ClockSanity(), instance: "tests",
                    logger: .silent, announce: { hub.announce($0) })
                return try await serve(core, rules, hub, database, setup, body)
            }
        }
    }

    private static func serve<R: Sendable>(
        _ core: CoreServices, _ rules: RuleConfiguration, _ hub: DecisionHub, _ database: CoreDatabase,
        _ setup: TestingSetup, _ body: @escaping @Sendable (CoreDoor) async throws -> R
    ) async throws -> R {
        let draining = Draining()
        let responder = Routes(core: core, rules: rules, hub: hub, draining: draining).router().buildResponder()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await core.store.run() }
            group.addTask { try await hub.run() }
            defer { group.cancelAll() }
            return try await Application(
                responder: responder, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
                logger: .silent
            ).test(setup) { client in
                // A listener ends only after its streams.
                defer { draining.begin() }
                return try await body(CoreDoor(database: database, client: client, hub: hub, draining: draining))
            }
        }
    }

    /// The rule's configuration with cheap passwords, unless a test says otherwise.
    static func rules(_ settings: [String: String]) throws -> RuleConfiguration {
        let usual = [
            "keys.masterKeyFile": "/nonexistent", "mobile.url": "https://mfa.example.org/PA", "passwords.cost": "14",
        ]
        let values = usual.merging(settings) { $1 }
        var reader = SettingsReader(lookup: { name in values[name].map { [$0] } }, readFile: { _ in [] })
        let rules = RuleConfiguration(reading: &reader)
        guard reader.problems.isEmpty else { throw ConfigurationProblems(messages: reader.problems) }
        return rules
    }

    /// Sends one operation; `user` and `id` stand in its path as they are.
    func send(
        _ operation: MFAAPI.Operation, _ body: JSON? = nil, user: String = "alice", id: String = Self.noID,
        query: String = "", as account: Account? = nil, key: String? = nil, headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        try await send(
            operation, raw: body.map { String(decoding: $0.bytes, as: UTF8.self) }, user: user, id: id, query: query,
            as: account, key: key, headers: headers)
    }

    /// Sends one operation with a body that need not be JSON; `headers` win over those of `account`.
    func send(
        _ operation: MFAAPI.Operation, raw: String?, user: String = "alice", id: String = Self.noID,
        query: String = "", as account: Account? = nil, key: String? = nil, headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var fields = (account ?? Account.usual(for: operation)).fields(for: operation)
        if let key { fields[.fixed(HeaderNames.idempotencyKey)] = key }
        if raw != nil { fields[.contentType] = "application/json" }
        for field in headers { fields[field.name] = field.value }
        let path = operation.path.replacingOccurrences(of: "{user}", with: user)
            .replacingOccurrences(of: "{id}", with: id)
        return try await client.execute(
            uri: Paths.internal + path + query, method: .init(rawValue: operation.method) ?? .trace, headers: fields,
            body: raw.map { ByteBuffer(string: $0) })
    }
}

/// Who calls, as sdk-service says it in its headers.
struct Account: Sendable {
    var name: String
    var scopes: Set<Scope>
    var application: String?
    var ticket: String?

    static let vpn = Account(name: "vpn", scopes: [.authenticate])
    static let administrator = Account(name: "administrator", scopes: [.manageUsers])
    static let portal = Account(name: "portal", scopes: [.portal])
    static let mobile = Account(name: "mobile", scopes: [.mobile])
    static let auditor = Account(name: "auditor", scopes: [.readAudit])

    /// The portal on behalf of the person whose ticket it has.
    static func portal(holding ticket: String) -> Account {
        Account(name: "portal", scopes: [.portal], ticket: ticket)
    }

    /// Whoever an operation is made for.
    static func usual(for operation: MFAAPI.Operation) -> Account {
        for account in [vpn, administrator, mobile, auditor] where !account.scopes.isDisjoint(with: operation.scopes) {
            return account
        }
        return portal
    }

    /// What sdk-service says of the account.
    func fields(for operation: MFAAPI.Operation) -> HTTPFields {
        var fields: HTTPFields = [
            .fixed(HeaderNames.account): name, .fixed(HeaderNames.operation): operation.rawValue,
            .fixed(HeaderNames.scopes): scopes.map(\.rawValue).sorted().joined(separator: ","),
            .fixed(HeaderNames.peer): "192.0.2.1",
        ]
        if let application { fields[.fixed(HeaderNames.application)] = application }
        if let ticket { fields[.fixed(HeaderNames.ticket)] = ticket }
        return fields
    }
}

extension TestResponse {
    /// The body as text.
    var text: String { String(buffer: body) }

    /// The body as JSON.
    var json: JSON? { JSON(parsing: Array(body.readableBytesView)) }

    /// The `code` of problem details.
    var code: String? { self["code"] }

    /// A text of the body's object.
    subscript(key: String) -> String? { json?[key]?.text }
}
