// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Glibc
internal import Postgres

/// What a machine with a database does to its services: it is copied, dies, hangs, takes over.
extension OwnPostgres {
    /// Another server that follows this one: by pg_basebackup, under `name`, on `port`.
    func clone(name: String, port: Int) async throws -> OwnPostgres {
        let standby = OwnPostgres(
            port: port, password: password, folder: try await Self.privateFolder(), programs: programs,
            environment: environment)
        try await standby.asOwner(
            """
            umask 077
            IFS= read -r PGPASSWORD && export PGPASSWORD
            IFS= read -r following
            "$2/pg_basebackup" --pgdata="$1/data" --wal-method=stream --checkpoint=fast --no-sync \\
                --dbname="host=127.0.0.1 port=$3 user=postgres sslmode=disable"
            printf "port = '%s'\\n" "$4" >> "$1/data/postgresql.conf"
            printf "primary_conninfo = '%s'\\n" "$following" >> "$1/data/postgresql.auto.conf"
            touch "$1/data/standby.signal"
            """, ["\(self.port)", "\(port)"], input: "\(password)\n\(following(self, as: name))\n")
        try await standby.start()
        return standby
    }

    /// A standby follows another primary from now on.
    func follow(_ primary: OwnPostgres, as name: String) async throws {
        try await set("primary_conninfo", to: following(primary, as: name))
    }

    /// A standby becomes a primary.
    func promote() async throws {
        try await asOwner("\"$2/pg_ctl\" promote --pgdata \"$1/data\" --wait --timeout 60 --silent")
    }

    /// How far a standby has received its primary's log.
    func receivedPosition() async throws -> Int {
        try await PlainSession.open(configuration()) { session in
            let rows = try session.run("select (pg_last_wal_receive_lsn() - '0/0'::pg_lsn)::bigint as position")
            return try rows.first.map { Int(try $0.integer("position")) } ?? 0
        }
    }

    /// The names of the standbys that commits of this primary may count on now.
    func synchronousStandbys() async throws -> Set<String> {
        try await PlainSession.open(configuration()) { session in
            let rows = try session.run(
                """
                select application_name as name from pg_stat_replication
                 where state = 'streaming' and sync_state in ('sync', 'quorum')
                """)
            return Set(try rows.map { try $0.text("name") })
        }
    }

    /// All of it dies at one moment, as when its machine loses power.
    package func kill() async throws {
        let main = try await mainProcess()
        // Stopped, it starts no more helpers; those it has go down with it and finish nothing.
        Glibc.kill(main, SIGSTOP)
        for pid in Self.children(of: main) + [main] { Glibc.kill(pid, SIGKILL) }
        try await eventually("PostgreSQL is dead") { Glibc.kill(main, 0) != 0 }
        Warden.shared.forget(process: main)
        // The machine is gone, and with it the memory that the next server in this folder would have cleared.
        try await asOwner(
            """
            sed -n 7p "$1/data/postmaster.pid" | { read -r _ id && ipcrm -m "$id"; } || :
            rm "$1/data/postmaster.pid"
            """)
    }

    /// All of it stops where it is; the system still takes its connections, and nobody answers on them.
    package func pause() async throws {
        let main = try await mainProcess()
        for pid in [main] + Self.children(of: main) { Glibc.kill(pid, SIGSTOP) }
    }

    /// All of it goes on, as if nothing had been.
    package func resume() async throws {
        let main = try await mainProcess()
        for pid in Self.children(of: main) + [main] { Glibc.kill(pid, SIGCONT) }
    }

    private func mainProcess() async throws -> Int32 {
        let text = try await asOwner("head -n 1 \"$1/data/postmaster.pid\"")
        guard let pid = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw TestKitError("PostgreSQL on port \(port) does not run.")
        }
        return pid
    }

    private func following(_ primary: OwnPostgres, as name: String) -> String {
        "host=127.0.0.1 port=\(primary.port) user=postgres password=\(password) application_name=\(name) "
            + "sslmode=disable connect_timeout=2"
    }

    private static func children(of main: Int32) -> [Int32] {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return folders.compactMap { Int32($0) }.filter { pid in
            // The fields after the name, which stands in parentheses and may hold anything: state, parent.
            guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].dropFirst(2)
                    .split(separator: " ", maxSplits: 2) as [Substring]?, fields.count > 1
            else { return false }
            return Int32(fields[1]) == main
        }
    }
}
