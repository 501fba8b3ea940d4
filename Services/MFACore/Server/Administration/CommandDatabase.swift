// SPDX-License-Identifier: Apache-2.0
import Logging
import MFACoreStore
import Postgres

/// The database for the time of one command.
enum CommandDatabase {
    /// What goes wrong is thrown and told by the command; the driver's own log would say it twice.
    static let logger = Logger(label: "mfa-core") { _ in SwiftLogNoOpLogHandler() }

    /// For commands that need no key.
    static func run<R>(_ options: CommandOptions, _ body: (PostgresClient) async throws -> R) async throws -> R {
        var settings = try CommandSettings(options)
        let database = settings.database()
        try settings.requireSound()
        return try await PostgresClient.withClient(database, logger: logger, body)
    }

    /// For commands that open what is sealed.
    static func runWithKeys<R>(
        _ options: CommandOptions, _ body: (PostgresClient, Keyring) async throws -> R
    ) async throws -> R {
        var settings = try CommandSettings(options)
        let (database, file) = (settings.database(), settings.masterKeyFile())
        try settings.requireSound()
        return try await PostgresClient.withClient(database, logger: logger) { client in
            try await body(client, try await PostgresKeyStore(client: client).load(try file.load()))
        }
    }
}
