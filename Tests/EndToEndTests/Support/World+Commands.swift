// SPDX-License-Identifier: Apache-2.0
import Postgres
import TestKit

/// What the kernel showed of a command in the middle of its work, and how it ended.
struct CommandSight: Sendable {
    let commandLine: [String]
    let environment: [String]
    /// Everything that may be read of it.
    let readable: [UInt8]
    let openFiles: [String]
    let remotePorts: Set<Int>
    let status: Int32
    let output: String
    let errors: String
}

extension World {
    /// The signer of the audit as its timer runs it: a key, a configuration and a database role of its own.
    func signer() async throws -> ChildProcess.Command {
        let own = "\(folder)/signer-\(Workshop.unique())"
        let settings = [
            "database.url": databaseURL("signer"), "database.passwordFile": "\(folder)/passwords/signer.password",
        ]
        // The folder comes with the first file in it.
        try Workshop.write(SettingsFile(settings).yaml, to: "\(own)/audit-signer.yaml")
        try await core(
            "audit", ["sign", "--make-key", "--key", "\(own)/signer.pem", "--public-key", "\(own)/public.pem"])
        return ChildProcess.Command(
            try Workshop.program("mfa-core"),
            [
                "audit", "sign", "--config", "\(own)/audit-signer.yaml", "--key", "\(own)/signer.pem", "--export",
                "\(own)/checkpoints.jsonl",
            ], environment: clock?.environment ?? [:], folder: own)
    }

    /// Runs a command and looks at it while it waits for `table`, which somebody else holds.
    func look(at command: ChildProcess.Command, waitingFor table: String) async throws -> CommandSight {
        let mark = "held_\(Workshop.unique())"
        let holding = Task {
            try await self.sql("begin; lock table \(table) in access exclusive mode; select pg_sleep(30) as \(mark)")
        }
        let locks = "select count(*) from pg_locks where relation = '\(table)'::regclass"
        do {
            try await eventually("\(table) is held") {
                try await self.number("\(locks) and granted and mode = 'AccessExclusiveLock'") == 1
            }
            let before = try await number("\(locks) and not granted")
            let child = try ChildProcess(command)
            let view = ProcessView(child.pid)
            try await eventually("the command waits for \(table)") {
                let waiting = try await self.number("\(locks) and not granted")
                return waiting > before && view.remotePorts.contains(self.postgres.port)
            }
            let (line, variables, readable) = (view.commandLine, view.environment ?? [], view.readable)
            let (files, ports) = (view.openFiles, view.remotePorts)
            try await release(mark)
            let status = try await child.end(within: .seconds(20))
            _ = try? await holding.value
            return CommandSight(
                commandLine: line, environment: variables, readable: readable, openFiles: files, remotePorts: ports,
                status: status, output: await child.output.whole(), errors: await child.errors.whole())
        } catch {
            try? await release(mark)
            _ = try? await holding.value
            throw error
        }
    }

    private func release(_ mark: String) async throws {
        try await sql(
            """
            select pg_terminate_backend(pid) from pg_stat_activity
            where query like '%\(mark)%' and pid <> pg_backend_pid()
            """)
    }
}
