// SPDX-License-Identifier: Apache-2.0
import Postgres
import TestKit

/// What the copies of a world hold, and what is too much of it (I11).
extension World {
    /// What every copy holds of its machine now.
    var resourceUse: [String: ResourceUse] {
        Dictionary(allCopies.compactMap { copy in ResourceUse(of: copy.process.pid).map { (copy.name, $0) } }) { $1 }
    }

    /// What copies hold of their machine that is too much: at any moment, and where it is known how it was `before`, when
    /// all is well again.
    ///
    /// - Parameter crowd: connections that each of them had beside those of the people at work.
    func resourceViolations(before: [String: ResourceUse] = [:], crowd: Int = 0) -> [Violation] {
        allCopies.flatMap { copy -> [Violation] in
            guard let use = ResourceUse(of: copy.process.pid) else { return [] }
            let cap = ResourceUse.Cap(of: copy.service, crowd: crowd)
            return before[copy.name].map { use.violations(copy.name, before: $0, cap: cap) }
                ?? use.violations(copy.name, cap: cap)
        }
    }

    /// What waits in the queues of copies that is too much even while people are at work.
    func queueViolations() async throws -> [Violation] {
        var found: [Violation] = []
        for copy in allCopies { found += try await queueUse(of: copy).violations(copy.name) }
        return found
    }

    /// What is still held when nobody is at work any more: connections beyond what the pools keep, transactions, and
    /// whatever waits in a queue. Nothing, as soon as everything has ended; what is found stays so for `patience`.
    func leftovers(within patience: Duration = .seconds(30)) async throws -> [Violation] {
        var found: [Violation] = []
        do {
            try await eventually("everything is given back", within: patience) {
                found = try await poolUse().violations(copies: runningCopies)
                for copy in allCopies { found += try await queueUse(of: copy).leftovers(copy.name) }
                return found.isEmpty
            }
        } catch {
            // What could not be asked is another fault.
            guard !found.isEmpty else { throw error }
        }
        return found
    }

    private func queueUse(of copy: ServiceProcess) async throws -> QueueUse {
        QueueUse(copy.service, metrics: try await operators("/metrics", of: copy).text)
    }

    private func poolUse() async throws -> PoolUse {
        let rows = try await sql(
            """
            select usename::text as role, count(*) as connections,
                count(*) filter (where state like 'idle in transaction%') as open_transactions
            from pg_stat_activity where backend_type = 'client backend' group by usename
            """)
        let roles: [String: Service] = ["mfa_core": .core, "mfa_sdk": .sdk, "mfa_portal": .portal]
        var use = PoolUse([:])
        for row in rows {
            guard let service = roles[try row.text("role")] else { continue }
            use.shares[service] = .init(
                connections: Int(try row.integer("connections")),
                openTransactions: Int(try row.integer("open_transactions")))
        }
        return use
    }
}
