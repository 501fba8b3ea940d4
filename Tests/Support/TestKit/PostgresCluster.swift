// SPDX-License-Identifier: Apache-2.0

internal import Foundation
package import Postgres
internal import Primitives
internal import Synchronization

/// A PostgreSQL server for tests, reached as its superuser over 127.0.0.1 with SCRAM.
///
/// ``shared()`` is one per process: the server that `COUNTERSIGN_TEST_DATABASE` (a superuser's URI) names, else a
/// private one. A private server belongs to a small shell that waits on a pipe from this process: when this process
/// ends, however it ends, the shell stops the server and removes its files. For root it all runs as `postgres`.
package final class PostgresCluster: Sendable {
    /// The superuser's URI of the database `postgres`, password included.
    package let url: String
    /// The private server's main process; nil for a server that was given.
    package let pid: Int32?
    private let keeper: Mutex<Keeper?>

    private struct Keeper {
        let process: Process
        let input: FileHandle
    }

    private init(url: String, pid: Int32? = nil, process: Process? = nil, input: FileHandle? = nil) {
        self.url = url
        self.pid = pid
        var keeper: Keeper?
        if let process, let input { keeper = Keeper(process: process, input: input) }
        self.keeper = Mutex(keeper)
    }

    /// The server that most tests share.
    package static func shared() async throws -> PostgresCluster {
        try await sharedTask.value
    }

    private static let sharedTask = Task {
        if let url = ProcessInfo.processInfo.environment["COUNTERSIGN_TEST_DATABASE"], !url.isEmpty {
            return PostgresCluster(url: url)
        }
        return try await start()
    }

    /// Starts a private server, for tests that change or stop it; `settings` go into its command line.
    ///
    /// It does not flush to disk: what survives a power cut is not what these tests ask.
    package static func start(settings: [String: String] = [:]) async throws -> PostgresCluster {
        let installation = try PostgresInstallation.find()
        return try await onThread { try launch(installation, settings: settings) }
    }

    /// Stops a private server and removes its files.
    package func stop() async throws {
        let keeper = keeper.withLock { keeper in
            defer { keeper = nil }
            return keeper
        }
        guard let keeper else { return }
        try keeper.input.close()
        await onThread { keeper.process.waitUntilExit() }
    }

    /// How to log in, as the superuser unless a role is named; few connections, as there are many tests at once.
    package func configuration(
        database: String = "postgres", role: String? = nil, password: String? = nil
    ) -> PostgresConfiguration {
        var components = URLComponents(string: url)
        components?.path = "/\(database)"
        var secret = components?.password
        if let role {
            components?.user = role
            secret = password
        }
        components?.password = nil
        return PostgresConfiguration(
            url: components?.string ?? url, password: secret.map { SecretBytes(utf8: $0) }, readConnections: 1,
            writeConnections: 2, statementDeadline: .seconds(20), applicationName: "tests")
    }

    /// The server's port, for a ``FaultProxy`` before it.
    package var port: Int { URLComponents(string: url)?.port ?? 5432 }

    private static func launch(
        _ installation: PostgresInstallation, settings: [String: String]
    ) throws -> PostgresCluster {
        let password = Hex.encode(SystemRandomSource().bytes(16))
        let port = try LocalPort.unused()
        let arguments = ["-c", script, "sh", installation.programs, String(port)]
        let process = Process()
        if geteuid() == 0 {
            process.executableURL = URL(fileURLWithPath: "/usr/sbin/runuser")
            process.arguments = ["-u", "postgres", "--", "/bin/sh"] + arguments
        } else {
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = arguments
        }
        process.arguments?.append(contentsOf: settings.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0)=\($1)"] })
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data("\(password)\n".utf8))
        let answer = firstLine(of: output.fileHandleForReading)
        let words = answer.split(separator: " ")
        guard words.first == "ready", words.count == 2, let pid = Int32(words[1]) else {
            throw TestKitError("A PostgreSQL server for tests could not be started: \(answer)")
        }
        return PostgresCluster(
            url: "postgresql://postgres:\(password)@127.0.0.1:\(port)/postgres?sslmode=disable", pid: pid,
            process: process, input: input.fileHandleForWriting)
    }

    private static func firstLine(of handle: FileHandle) -> String {
        var line: [UInt8] = []
        while true {
            let data = handle.availableData
            guard !data.isEmpty else { break }
            line.append(contentsOf: data)
            if data.contains(UInt8(ascii: "\n")) { break }
        }
        return String(decoding: line.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// Reads the superuser's password from its input, says `ready <pid>`, then keeps the server until the input ends.
    private static let script = """
        IFS= read -r password || exit 1
        programs=$1; port=$2; shift 2
        trap '' INT TERM HUP
        umask 077
        folder=$(mktemp -d /tmp/countersign-test.XXXXXX) || exit 1
        fail() { echo "$1: $(tail -n 3 "$folder/log" | tr '\\n' ' ')"; rm -rf "$folder"; exit 1; }
        printf %s "$password" > "$folder/password"
        "$programs/initdb" --pgdata="$folder/data" --username=postgres --pwfile="$folder/password" \\
            --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync > "$folder/log" 2>&1 || fail initdb
        rm "$folder/password"
        "$programs/postgres" -D "$folder/data" -p "$port" -c listen_addresses=127.0.0.1 \\
            -c unix_socket_directories= -c fsync=off -c full_page_writes=off -c synchronous_commit=on \\
            -c max_connections=400 -c password_encryption=scram-sha-256 -c shared_buffers=64MB "$@" \\
            < /dev/null >> "$folder/log" 2>&1 &
        server=$!
        until "$programs/pg_isready" -q -h 127.0.0.1 -p "$port"; do
            kill -0 "$server" 2> /dev/null || fail postgres
            sleep 0.05
        done
        echo "ready $server"
        exec > /dev/null 2>&1
        read -r rest
        kill -QUIT "$server"
        wait "$server"
        rm -rf "$folder"
        """
}
