// SPDX-License-Identifier: Apache-2.0

internal import Foundation
package import MFACoreStore
internal import MFADomain
package import Postgres
internal import Primitives

/// mfa-core's database for one test: the roles of deploy/postgres/roles.sql, every migration applied and, unless asked
/// otherwise, activated with ``masterKey``.
///
/// Roles belong to a whole server, which may be somebody's; so theirs have a prefix of this process's own.
package struct CoreDatabase: Sendable {
    /// Who logs in; the owner does not.
    package enum Role: String, Sendable, CaseIterable {
        case migrate, core, sdk, portal, signer, auditor, backup, monitor
    }

    /// What roles.sql is given as `prefix`.
    package static let rolePrefix = "t" + Hex.encode(SystemRandomSource().bytes(4))
    /// What the databases of this process are activated with.
    package static let masterKey = MasterKey(random: SystemRandomSource())
    private static let password = Hex.encode(SystemRandomSource().bytes(16))

    package let database: TestDatabase

    /// A database of one test's own.
    package static func create(isActivated: Bool = true) async throws -> CoreDatabase {
        let database = try await TestDatabase.create(from: isActivated ? activated : migrated)
        let name = database.name
        let owner = "\(rolePrefix)_owner"
        let services = Role.allCases.map { roleName($0) }.joined(separator: ", ")
        // A copy has the schema of its template, but not the rights on the database itself.
        try await PlainSession.open(database.cluster.configuration()) { session in
            _ = try session.run("alter database \(name) owner to \(owner)")
            _ = try session.run("revoke all on database \(name) from public")
            _ = try session.run("grant connect on database \(name) to \(services)")
        }
        return CoreDatabase(database: database)
    }

    /// Such as `t1a2b3c4d_core`.
    package static func roleName(_ role: Role) -> String { "\(rolePrefix)_\(role.rawValue)" }

    /// The role that owns the schemas.
    package static var ownerName: String { "\(rolePrefix)_owner" }

    /// Logs in as `role`.
    package func configuration(_ role: Role) -> PostgresConfiguration {
        database.configuration(role: Self.roleName(role), password: Self.password)
    }

    /// Logs in as the superuser.
    package var superuser: PostgresConfiguration { database.configuration }

    /// The keyring of an activated database.
    package func keyring() async throws -> Keyring {
        try await withClient { try await PostgresKeyStore(client: $0).load(Self.masterKey) }
    }

    /// Runs `body` with a client logged in as `role`.
    package func withClient<R>(
        _ role: Role = .core, isolation: isolated (any Actor)? = #isolation, _ body: (PostgresClient) async throws -> R
    ) async throws -> R {
        try await PostgresClient.withClient(configuration(role), logger: .silent, body)
    }

    private static let migrated = DatabaseTemplate { try await migrate($0) }

    private static let activated = DatabaseTemplate { database in
        try await migrate(database)
        let authority = AuthorityMaterial(
            certificate: Array("no certificate".utf8), privateKey: SecretBytes(SystemRandomSource().bytes(32)))
        try await CoreDatabase(database: database).withClient { client in
            _ = try await PostgresKeyStore(client: client).activate(
                masterKey, authority: authority, caller: Caller(account: "cli:tests", frontEnd: "cli"),
                instance: "tests", random: SystemRandomSource())
        }
    }

    private static func migrate(_ database: TestDatabase) async throws {
        let file = NSTemporaryDirectory() + "countersign-password-" + Hex.encode(SystemRandomSource().bytes(8))
        guard
            FileManager.default.createFile(
                atPath: file, contents: Data(password.utf8), attributes: [.posixPermissions: 0o600])
        else { throw TestKitError("Cannot write \(file).") }
        defer { try? FileManager.default.removeItem(atPath: file) }
        var variables = ["prefix": rolePrefix, "database": database.name]
        for role in Role.allCases {
            variables["\(role.rawValue)_password_file"] = file
            variables["\(role.rawValue)_connections"] = "100"
        }
        try await database.cluster.runScript(rolesScript, variables: variables)
        let login = database.configuration(role: roleName(.migrate), password: password)
        _ = try await Migrator(
            configuration: login, migrations: Migrations.all, role: ownerName, logger: .silent
        ).migrate()
    }

    private static var rolesScript: String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return root.appendingPathComponent("deploy/postgres/roles.sql").path
    }
}

/// Runs `body` with a fresh database of mfa-core and removes it afterwards.
package func withCoreDatabase<R>(
    isActivated: Bool = true, isolation: isolated (any Actor)? = #isolation, _ body: (CoreDatabase) async throws -> R
) async throws -> R {
    let core = try await CoreDatabase.create(isActivated: isActivated)
    do {
        let result = try await body(core)
        try await core.database.drop()
        return result
    } catch {
        try? await core.database.drop()
        throw error
    }
}
