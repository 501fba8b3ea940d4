// SPDX-License-Identifier: Apache-2.0

internal import Foundation
package import Postgres
internal import Primitives
internal import Synchronization

/// An installation of the suite in small: a PostgreSQL server of its own, roles by deploy/postgres/roles.sql, schema,
/// keys, certificates and accounts by mfa-core's own command line, and as many copies of the real programs as a
/// scenario starts, each a process with its own configuration file and ports that the system chose.
///
/// Scenarios are made of verbs, such as ``createUser(_:)`` and ``startPush(for:)``, which speak real HTTPS.
package final class World: Sendable {
    /// A service account.
    package struct Account: Sendable {
        package let name: String
        package let secret: String

        package init(name: String, secret: String) {
            self.name = name
            self.secret = secret
        }
    }

    /// What differs from one world to another.
    package struct Plan: Sendable {
        package var postgres: [String: String] = [:]
        /// Synchronous standbys of the database, in strict mode.
        package var standbys = 0
        /// Makes the database speak TLS to those who ask for it.
        package var databaseTLS: DatabaseTLS?
        /// Settings of every copy of mfa-core.
        package var core: [String: String] = [:]
        /// Whether each copy of mfa-core keeps what it has seen of the database.
        package var keepsLastSeen = false
        /// Whether the world has a time of day of its own.
        package var hasOwnClock = false
        /// Whether its database then has another one.
        package var databaseHasOwnClock = false

        package init() {}
    }

    /// What the databases and roles of every world are called.
    package static let database = "countersign"
    /// Who logs in to the database, by the last part of the role's name; each has a file in `passwords`.
    package static let roles = CoreDatabase.Role.allCases.map(\.rawValue)

    package let folder: String
    package let logFolder: String
    /// The database's server; where there are standbys, the one that is the primary now.
    package var postgres: OwnPostgres { group?.primary ?? onlyPostgres }
    private let onlyPostgres: OwnPostgres
    /// The servers of a world with standbys.
    package let group: StandbyGroup?
    /// Nil where the world shares this process's time.
    package let clock: FakeClock?
    /// The database's, where it has one of its own; else the ``clock``.
    package let databaseClock: FakeClock?
    package let cleanup: Cleanup
    /// Speaks HTTPS to the services.
    package let web: WebClient
    /// Speaks plain HTTP to operators' listeners.
    package let operators: WebClient
    let plan: Plan
    private let state = Mutex(State())

    private struct State {
        var accounts: [String: Account] = [:]
        var copies: [Service: [ServiceProcess]] = [:]
        /// Those that belong to one scenario.
        var apart: [ServiceProcess] = []
        var started: [Service: Int] = [:]
        var lines: [String: FaultProxy] = [:]
    }

    private init(
        folder: String, logFolder: String, postgres: OwnPostgres, group: StandbyGroup?,
        clocks: (world: FakeClock?, database: FakeClock?), cleanup: Cleanup, plan: Plan
    ) throws {
        self.folder = folder
        self.logFolder = logFolder
        onlyPostgres = postgres
        self.group = group
        clock = clocks.world
        databaseClock = clocks.database
        self.cleanup = cleanup
        self.plan = plan
        web = try WebClient(trustRoots: "\(folder)/certificates/mfa-core/ca.pem")
        operators = try WebClient()
    }

    /// A database server with roles and nothing else; what an operator has before the first `migrate`.
    package static func bare(_ name: String, _ plan: Plan = Plan()) async throws -> World {
        let cleanup = Cleanup()
        do {
            // The clock's file is read by PostgreSQL's own user.
            let folder = try Workshop.temporaryFolder(mode: 0o755)
            cleanup.add { try FileManager.default.removeItem(atPath: folder) }
            let clock = plan.hasOwnClock ? try FakeClock(file: "\(folder)/clock") : nil
            let databaseClock = plan.databaseHasOwnClock ? try FakeClock(file: "\(folder)/clock-of-database") : clock
            cleanup.add { FakeClock.removeLeftovers() }
            let postgres = try await OwnPostgres.start(
                settings: plan.postgres.merging(plan.databaseTLS?.settings ?? [:]) { $1 },
                environment: databaseClock?.environment ?? [:])
            cleanup.add { try await postgres.remove() }
            let group = plan.standbys > 0 ? try await StandbyGroup.start(postgres, standbys: plan.standbys) : nil
            cleanup.add { await group?.remove() }
            let world = try World(
                folder: folder, logFolder: try Workshop.logFolder(name), postgres: postgres, group: group,
                clocks: (clock, databaseClock), cleanup: cleanup, plan: plan)
            cleanup.add {
                await world.web.close()
                await world.operators.close()
            }
            try await world.createRoles()
            return world
        } catch {
            await cleanup.run()
            throw error
        }
    }

    /// Schema, keys, certificates and accounts, with no service running yet.
    package static func installed(_ name: String, _ plan: Plan = Plan()) async throws -> World {
        let world = try await bare(name, plan)
        do {
            try await world.install()
            return world
        } catch {
            await world.close()
            throw error
        }
    }

    /// Installed, with `copies` of mfa-core, sdk-service and mobileapp-service and one user-portal, all ready.
    package static func running(_ name: String, copies: Int, _ plan: Plan = Plan()) async throws -> World {
        let world = try await installed(name, plan)
        do {
            for _ in 0..<copies { try await world.start(.core) }
            for _ in 0..<copies { try await world.start(.sdk) }
            for _ in 0..<copies { try await world.start(.mobile) }
            try await world.start(.portal)
            for copy in world.allCopies { try await copy.becomesReady() }
            return world
        } catch {
            await world.close()
            throw error
        }
    }

    /// Throws away what has been logged so far.
    package func emptyLogs() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: logFolder)) ?? [] {
            truncate("\(logFolder)/\(name)", 0)
        }
    }

    /// Ends everything that this world started.
    package func close() async {
        await cleanup.run()
    }

    /// Whom to trust for the database, a file that everybody may read; nil where it speaks no TLS.
    package var databaseAuthority: String? { plan.databaseTLS?.authority }

    /// The account of that name.
    package func account(_ name: String) throws -> Account {
        guard let account = state.withLock({ $0.accounts[name] }) else { throw TestKitError("No account \(name).") }
        return account
    }

    /// Every copy of a service that this world has started, in order.
    package func copies(of service: Service) -> [ServiceProcess] { state.withLock { $0.copies[service] ?? [] } }

    /// Every copy of every service.
    package var allCopies: [ServiceProcess] { Service.allCases.flatMap { copies(of: $0) } }

    /// How many copies of each service run, those apart too.
    package var runningCopies: [Service: Int] {
        let all = allCopies + state.withLock { $0.apart }
        return Dictionary(grouping: all.filter(\.process.isRunning), by: \.service).mapValues(\.count)
    }

    /// Every line that was laid.
    package var lines: [FaultProxy] { state.withLock { Array($0.lines.values) } }

    /// The line of that name.
    package func line(_ name: String) throws -> FaultProxy {
        guard let line = state.withLock({ $0.lines[name] }) else { throw TestKitError("No line \(name).") }
        return line
    }

    /// A line to a port that a scenario may let fail.
    @discardableResult
    package func layLine(_ name: String, to port: Int) throws -> FaultProxy {
        let line = try FaultProxy(to: port)
        cleanup.add { line.stop() }
        state.withLock { $0.lines[name] = line }
        return line
    }

    /// Adds an account by the command line.
    @discardableResult
    package func addAccount(_ name: String, _ options: String...) async throws -> Account {
        let answer = try await core("service-account", ["add", name] + options + ["--json"])
        guard let secret = JSON(parsing: Array(answer.utf8))?["secret"]?.text else {
            throw TestKitError("service-account add printed no secret: \(answer)")
        }
        let account = Account(name: name, secret: secret)
        state.withLock { $0.accounts[name] = account }
        try Workshop.write(secret, to: "\(folder)/secrets/\(name).secret")
        return account
    }

    /// Starts a copy, without waiting until it is ready; it belongs to the world's ``copies(of:)`` unless `apart`.
    ///
    /// - Parameter options: more words for its command line.
    @discardableResult
    package func start(
        _ service: Service, apart: Bool = false, settings: [String: String] = [:], environment: [String: String] = [:],
        options: [String] = []
    ) async throws -> ServiceProcess {
        guard (clock?.secondsAhead ?? 0) == 0 else { throw TestKitError("A program must start at the right time.") }
        let number = state.withLock { state in
            state.started[service, default: 0] += 1
            return state.started[service] ?? 0
        }
        let name = "\(service.rawValue)-\(number)"
        var values = try await self.settings(of: service)
        if plan.keepsLastSeen, service == .core {
            values["restore.lastSeenFile"] = "\(folder)/configuration/\(name).seen"
        }
        values.merge(settings) { $1 }
        let file = "\(folder)/configuration/\(name).yaml"
        try Workshop.write(SettingsFile(values).yaml, to: file)
        let copy = try ServiceProcess(
            service, name: name,
            command: .init(
                try Workshop.program(service.rawValue), ["serve", "--config", file] + options,
                environment: (clock?.environment ?? [:]).merging(environment) { $1 }, folder: folder),
            logFile: "\(logFolder)/\(name).log")
        cleanup.add { try await copy.process.kill() }
        state.withLock { state in
            if apart { state.apart.append(copy) } else { state.copies[service, default: []].append(copy) }
        }
        return copy
    }

    /// Runs a command of mfa-core that must succeed; what it printed.
    @discardableResult
    package func core(_ command: String, _ arguments: [String] = [], input: String = "") async throws -> String {
        let end = try await tryCore([command] + arguments, input: input)
        guard end.status == 0 else {
            throw TestKitError("mfa-core \(command) ended with \(end.status): \(end.errors)")
        }
        return end.output
    }

    /// Runs a command of mfa-core, whatever comes of it.
    package func tryCore(_ arguments: [String], input: String = "") async throws -> ChildProcess.End {
        try await ChildProcess.run(try coreCommand(arguments, input: input))
    }

    /// A command of mfa-core with this world's configuration.
    package func coreCommand(_ arguments: [String], input: String = "") throws -> ChildProcess.Command {
        .init(
            try Workshop.program("mfa-core"), arguments + ["--config", "\(folder)/configuration/mfa-core.yaml"],
            environment: clock?.environment ?? [:], folder: folder, input: input)
    }

    /// Runs SQL as the superuser; several statements at once are allowed, the rows are the last one's.
    @discardableResult
    package func sql(_ text: String) async throws -> [Row] {
        try await PlainSession.open(postgres.configuration(database: Self.database)) { try $0.run(text) }
    }

    /// The one number that a query gives.
    package func number(_ text: String) async throws -> Int {
        try await sql("select (\(text))::bigint as number").first.map { Int(try $0.integer("number")) } ?? 0
    }

    private func createRoles() async throws {
        var variables = ["database": Self.database]
        for role in Self.roles {
            let file = "\(folder)/passwords/\(role).password"
            try Workshop.write(Hex.encode(SystemRandomSource().bytes(16)), to: file)
            variables["\(role)_password_file"] = file
            variables["\(role)_connections"] = "60"
        }
        try FileManager.default.createDirectory(atPath: "\(folder)/keys", withIntermediateDirectories: true)
        try await postgres.createRoles(script: Workshop.path("deploy/postgres/roles.sql"), variables: variables)
        try Workshop.write(
            SettingsFile(commandSettings).yaml, to: "\(folder)/configuration/mfa-core.yaml")
    }

    private func install() async throws {
        try await core("migrate")
        try await core("activate")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in Service.allCases {
                group.addTask { try await self.issueCertificate(service) }
            }
            try await group.waitForAll()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await self.addAccount("administrator", "--scope", "manage-users", "--scope", "authenticate")
            }
            group.addTask { try await self.addAccount("integrator", "--scope", "authenticate") }
            group.addTask { try await self.addAccount("vpn", "--scope", "authenticate", "--application", "vpn") }
            group.addTask { try await self.addAccount("portal", "--scope", "portal") }
            group.addTask { try await self.addAccount("mobile", "--scope", "mobile") }
            try await group.waitForAll()
        }
    }

    /// A certificate for this machine by the command line.
    package func issueCertificate(_ service: Service) async throws {
        let folder = "\(folder)/certificates/\(service.rawValue)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await core(
            "certificate", ["issue", service.rawValue, "--host", "localhost", "--host", "127.0.0.1", "--out", folder])
    }
}
