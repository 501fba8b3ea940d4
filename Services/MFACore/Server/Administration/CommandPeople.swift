// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import MFADomain
import Postgres

/// The rule for the time of one command: the same that serves, on the same rows, under the same locks.
enum CommandPeople {
    static func run<R>(
        _ options: CommandOptions, _ body: (CoreServices, Caller) async throws -> R
    ) async throws -> R {
        var settings = try CommandSettings(options)
        let (database, rules) = (settings.database(), settings.rules())
        try settings.requireSound()
        return try await PostgresClient.withClient(database, logger: CommandDatabase.logger) { client in
            let store = PostgresKeyStore(client: client)
            let keys = LiveKeyring(try await store.load(try rules.masterKeyFile.load()), store: store)
            let core = CoreServices(
                client: client, keys: keys, rules: rules, clock: ClockSanity(),
                instance: CommandLineCaller.host, logger: CommandDatabase.logger)
            return try await body(core, CommandLineCaller.current)
        }
    }

    /// The answer to a call that carried no Idempotency-Key, so that none can be a stored one.
    static func fresh<Answer>(_ answer: KeptAnswer<Answer>) throws -> Answer {
        guard case .fresh(let answer) = answer else {
            throw CommandFault.refused("The database answered for another caller; try again.")
        }
        return answer
    }

    /// For calls without an Idempotency-Key: nothing is kept.
    static func unkept<Answer>() -> AnswerKeeping<Answer> { AnswerKeeping(status: 200) { _ in [] } }
}
