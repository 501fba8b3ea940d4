// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import Primitives
import Testing
import TestKit

extension EndToEnd.Installation {
    /// R91, F31: a dump is brought back into another database while passcodes of its time are still good.
    @Suite(.logsOfTheWorld) struct Restore {
        @Test func `a restored database is served with when somebody says so and takes nothing twice`() async throws {
            var plan = World.Plan()
            plan.hasOwnClock = true
            plan.core = World.patientLimits
            let world = try await World.installed("restore", plan)
            do {
                try await walk(world)
            } catch {
                await world.close()
                throw error
            }
            await world.close()
        }

        private func walk(_ world: World) async throws {
            let keeping = ["restore.lastSeenFile": "\(world.folder)/last-seen.json"]
            let core = try await world.start(.core, settings: keeping)
            try await core.becomesReady()
            let sdk = try await world.start(.sdk)
            try await sdk.becomesReady()
            let app = try await world.createUserWithToken("alice")
            let token = try await world.createUserWithToken("bob", "hotp")
            try await eventually("the copy has marked the database") {
                try await world.number("select coalesce(max(mark), 0) from core.restore_fence") > 0
            }
            let dump = "\(world.folder)/countersign.dump"
            try await run("pg_dump", Self.dumping + ["--file=\(dump)"], on: World.database, in: world)

            let code = app.passcode(step: world.step)
            #expect(try await world.state(of: code, by: app.person) == "approved")
            for counter in 0..<3 {
                let state = try await world.state(of: token.passcode(counter: UInt64(counter)), by: token.person)
                #expect(state == "approved")
            }
            for copy in [sdk, core] { try await copy.stop() }
            try await restore(dump, in: world)

            let refused = try await world.start(.core, apart: true, settings: restored("core", world, keeping))
            #expect(try await refused.process.end(within: .seconds(20)) == 1)
            let last = refused.log.lines().last ?? ""
            #expect(last.contains("serve --restored") && last.contains("\"level\":\"critical\""), "\(last)")
            #expect(!refused.log.lines().contains { $0.contains("\"listener\":\"internal\"") })

            let again = try await world.start(
                .core, apart: true, settings: restored("core", world, keeping), options: ["--restored"])
            try await again.becomesReady()
            let door = try await world.start(
                .sdk, apart: true,
                settings: restored("sdk", world, ["core.urls": "[\(try await again.url())]"]))
            try await door.becomesReady()
            func state(_ passcode: String, _ token: Token) async throws -> String? {
                try await world.check(passcode, of: token.person.name, at: door)["state"]?.text
            }
            #expect(try await state(code, app) == "denied")
            for counter in 0...10 {
                #expect(try await state(token.passcode(counter: UInt64(counter)), token) == "denied", "\(counter)")
            }
            #expect(try await state(token.passcode(counter: 11), token) == "approved")
            #expect(try await state(token.passcode(counter: 11), token) == "denied")
            // The half minute of the restore and the next one are over.
            try world.clock?.advance(seconds: 90)
            #expect(try await state(app.passcode(step: world.step), app) == "approved")
            let told = try await PlainSession.open(world.postgres.configuration(database: Self.database)) { session in
                try session.run("select reason from core.audit_event where event = 'database.restored'")
            }
            #expect(try told.map { try $0.text("reason") } == ["other_database"])
        }

        private static let database = "restored"
        private static let dumping = [
            "--format=custom", "--data-only", "--load-via-partition-root", "--exclude-schema=portal",
            "--exclude-table=core.schema_migration", "--exclude-table=core.idempotency",
        ]

        private static func url(_ role: String, _ world: World) -> String {
            world.databaseURL(role).replacing("/\(World.database)?", with: "/\(database)?")
        }

        private func restored(
            _ role: String, _ world: World, _ settings: [String: String]
        ) -> [String: String] {
            settings.merging(["database.url": Self.url(role, world)]) { $1 }
        }

        /// A new database by roles.sql and `migrate`, and the dump in it.
        private func restore(_ dump: String, in world: World) async throws {
            var variables = ["database": Self.database]
            for role in World.roles {
                variables["\(role)_password_file"] = "\(world.folder)/passwords/\(role).password"
                variables["\(role)_connections"] = "60"
            }
            try await world.postgres.createRoles(
                script: Workshop.path("deploy/postgres/roles.sql"), variables: variables)
            let end = try await world.tryCore(
                ["migrate", "--set", "migrate.database.url=\(Self.url("migrate", world))"])
            #expect(end.status == 0, "\(end.errors)")
            try await run(
                "pg_restore", ["--data-only", "--single-transaction", "--exit-on-error", dump], on: Self.database,
                in: world)
        }

        private func run(
            _ program: String, _ arguments: [String], on database: String, in world: World
        ) async throws {
            let login = world.postgres.configuration(database: database)
            let end = try await ChildProcess.run(
                .init(
                    "\(try PostgresInstallation.find().programs)/\(program)", ["--dbname=\(login.url)"] + arguments,
                    environment: [
                        "PGPASSWORD": login.password?.withBytes { String(decoding: $0, as: UTF8.self) } ?? ""
                    ]))
            #expect(end.status == 0, "\(program): \(end.errors)")
        }
    }
}
