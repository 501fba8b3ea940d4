// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Glibc
package import Postgres
internal import Primitives

/// A PostgreSQL server of one world's own, which scenarios stop, start and reconfigure; on 127.0.0.1 with SCRAM.
package struct OwnPostgres: Sendable {
    /// What `pg_ctl -m` takes.
    package enum StopMode: String, Sendable {
        case smart, fast, immediate
    }

    package let port: Int
    package let password: String
    /// Another one for each server that ever ran here: a server that comes back is a new one, made from the primary.
    let folder: String
    let programs: String
    let environment: [String: String]

    /// Makes and starts a server; it does not flush to disk, since no power is cut in these tests, but it writes whole
    /// pages to its log: a process that is killed may have written half of one.
    package static func start(
        settings: [String: String] = [:], environment: [String: String] = [:]
    ) async throws -> OwnPostgres {
        let folder = try await privateFolder()
        let server = OwnPostgres(
            port: try LocalPort.unused(), password: Hex.encode(SystemRandomSource().bytes(16)), folder: folder,
            programs: try PostgresInstallation.find().programs, environment: environment)
        var all = [
            "listen_addresses": "127.0.0.1", "port": "\(server.port)", "unix_socket_directories": "",
            "fsync": "off", "full_page_writes": "on", "synchronous_commit": "on", "max_connections": "300",
            "password_encryption": "scram-sha-256", "shared_buffers": "64MB", "log_lock_waits": "on",
        ]
        all.merge(settings) { $1 }
        let lines = all.sorted { $0.key < $1.key }.map { "\($0.key) = '\($0.value)'\n" }.joined()
        try await server.asOwner(
            """
            umask 077
            cat > "$1/password"
            "$2/initdb" --pgdata="$1/data" --username=postgres --pwfile="$1/password" --auth=scram-sha-256 \\
                --encoding=UTF8 --locale=C.UTF-8 --no-sync > "$1/initdb.log"
            rm "$1/password"
            """, input: server.password)
        try await server.asOwner("cat >> \"$1/data/postgresql.conf\"", input: lines)
        try await server.start()
        return server
    }

    /// Starts it again, on the same port.
    package func start() async throws {
        try await asOwner("\"$2/pg_ctl\" start --pgdata \"$1/data\" --wait --timeout 60 --silent --log \"$1/log\"")
        let pid = try await asOwner("head -n 1 \"$1/data/postmaster.pid\"")
        if let number = Int32(pid.trimmingCharacters(in: .whitespacesAndNewlines)) {
            Warden.shared.remember(process: number)
        }
    }

    /// Stops it; what was committed stays.
    package func stop(_ mode: StopMode = .fast) async throws {
        try await asOwner(
            "\"$2/pg_ctl\" stop --pgdata \"$1/data\" --mode \(mode.rawValue) --wait --timeout 60 --silent")
    }

    /// Stops and starts it.
    package func restart(_ mode: StopMode) async throws {
        try await stop(mode)
        try await start()
    }

    /// Stops it and removes its files.
    package func remove() async throws {
        _ = try? await stop(.immediate)
        try await asOwner("rm -rf \"$1\"")
    }

    /// Changes a setting of the running server by ALTER SYSTEM; nil puts the default back.
    package func set(_ name: String, to value: String?) async throws {
        try await PlainSession.open(configuration()) { session in
            _ = try session.run(
                value.map { "alter system set \(name) = '\($0)'" } ?? "alter system reset \(name)")
            _ = try session.run("select pg_reload_conf()")
        }
    }

    /// Logs in as the superuser, on a standby too.
    package func configuration(database: String = "postgres") -> PostgresConfiguration {
        PostgresConfiguration(
            url: "postgresql://postgres@127.0.0.1:\(port)/\(database)?sslmode=disable&target_session_attrs=any",
            password: SecretBytes(utf8: password), applicationName: "end-to-end tests")
    }

    /// Roles and database by deploy/postgres/roles.sql, as an operator makes them.
    package func createRoles(script: String, variables: [String: String]) async throws {
        let settings = variables.sorted { $0.key < $1.key }.flatMap { ["-v", "\($0)=\($1)"] }
        let end = try await ChildProcess.run(
            .init(
                "\(programs)/psql",
                ["--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1"] + settings
                    + ["--file", script, "postgresql://postgres@127.0.0.1:\(port)/postgres?sslmode=disable"],
                environment: ["PGPASSWORD": password]))
        guard end.status == 0 else { throw TestKitError("psql could not run \(script): \(end.errors)") }
    }

    /// What the server logged last.
    package func log() async throws -> String { try await asOwner("tail -n 200 \"$1/log\"") }

    /// Runs a script as the server's own user: `$1` is the server's folder, `$2` that of PostgreSQL's programs.
    @discardableResult
    func asOwner(_ script: String, _ more: [String] = [], input: String = "") async throws -> String {
        try await Self.asOwner(script, [folder, programs] + more, input: input, environment: environment)
    }

    static func privateFolder() async throws -> String {
        let folder = try await asOwner("mktemp -d /tmp/countersign-postgres.XXXXXX", [], input: "", environment: [:])
            .trimmingCharacters(in: .whitespacesAndNewlines)
        Warden.shared.remember(folder: folder)
        return folder
    }

    /// PostgreSQL refuses to run as root.
    private static func asOwner(
        _ script: String, _ arguments: [String], input: String, environment: [String: String]
    ) async throws -> String {
        let own = environment.map { "\($0.key)=\($0.value)" }.sorted()
        var words = ["/usr/bin/env"] + own + ["/bin/sh", "-e", "-c", script, "sh"] + arguments
        if geteuid() == 0 { words = ["/usr/sbin/runuser", "-u", "postgres", "--"] + words }
        let end = try await ChildProcess.run(
            .init(words[0], Array(words.dropFirst()), input: input), within: .seconds(120))
        guard end.status == 0 else { throw TestKitError("PostgreSQL for a test: \(end.errors)\(end.output)") }
        return end.output
    }
}
