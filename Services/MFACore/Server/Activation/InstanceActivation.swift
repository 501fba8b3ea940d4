// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Postgres
import Primitives

/// What `activate` does: master key, data keys and certificate authority come into being, once per installation.
///
/// | step | interrupted there | run again |
/// |---|---|---|
/// | key file, whole or not at all | no row in the database refers to it | it is used |
/// | one transaction with everything else | nothing of it exists | it is done |
///
/// Two at once: the second waits for the first one's transaction and then finds it done.
package enum InstanceActivation {
    private struct ReportedActivation: Encodable {
        let instance: String
        let masterKeyFile: String
        /// `activated` or `already-activated`.
        let state: String
    }

    package static func activate(_ options: CommandOptions) async throws -> CommandReport {
        var settings = try CommandSettings(options)
        let (database, file) = (settings.database(), settings.masterKeyFile())
        try settings.requireSound()
        return try await PostgresClient.withClient(database, logger: CommandDatabase.logger) { client in
            let store = PostgresKeyStore(client: client)
            let master = try await masterKey(file, store)
            let outcome = try await store.activate(
                master.key, authority: try InternalAuthority.create(at: MFACoreStore.WallClock.now()),
                caller: CommandLineCaller.current, instance: CommandLineCaller.host, random: SystemRandomSource())
            return try report(outcome, file, isNewKey: master.isNew)
        }
    }

    /// A fresh key is made only for a database that has none: otherwise it could never open anything.
    private static func masterKey(
        _ file: MasterKeyFile, _ store: PostgresKeyStore
    ) async throws -> (key: MasterKey, isNew: Bool) {
        guard let instance = try await store.instanceID() else {
            return try file.loadOrCreate(random: SystemRandomSource())
        }
        guard let key = try file.loadIfPresent() else {
            throw CommandFault.refused(
                "This database is activated already (instance \(instance)), but its master key is not at "
                    + "“\(file.path)”; copy the file of that activation to here.")
        }
        return (key, false)
    }

    private static func report(
        _ outcome: PostgresKeyStore.Activation, _ file: MasterKeyFile, isNewKey: Bool
    ) throws -> CommandReport {
        switch outcome {
        case .already(let instance):
            return try CommandReport(
                "Already activated with this master key (instance \(instance)).\n",
                document: ReportedActivation(
                    instance: instance.description, masterKeyFile: file.path, state: "already-activated"))
        case .done(let instance):
            let origin = isNewKey ? "was made" : "was there and is used"
            return try CommandReport(
                """
                Activated (instance \(instance)).
                The master key \(origin): \(file.path)
                Keep a copy of it off this machine, apart from backups of the database; nothing opens without it.

                """,
                document: ReportedActivation(
                    instance: instance.description, masterKeyFile: file.path, state: "activated"))
        }
    }
}
