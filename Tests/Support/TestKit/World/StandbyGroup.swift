// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Several PostgreSQL servers of one world: a primary and synchronous standbys in strict mode, and the little of a
/// cluster manager (such as Patroni) that a failover needs. A commit returns when one standby has it, and not before.
package final class StandbyGroup: Sendable {
    /// What the servers call one another.
    package struct Member: Sendable {
        package let name: String
        package let server: OwnPostgres
    }

    private struct State {
        var members: [Member]
        var primary: Int
    }

    private let state: Mutex<State>

    private init(_ members: [Member]) {
        ports = members.map(\.server.port)
        state = Mutex(State(members: members, primary: 0))
    }

    /// The server that takes writes.
    package var primary: OwnPostgres { state.withLock { $0.members[$0.primary].server } }

    /// All but the primary; one that died is among them.
    package var standbys: [OwnPostgres] {
        state.withLock { state in
            state.members.indices.filter { $0 != state.primary }.map { state.members[$0].server }
        }
    }

    /// Where the services look for the primary; the same for as long as the world stands.
    package let ports: [Int]

    /// Gives `first` standbys; returns when a commit waits for them.
    static func start(_ first: OwnPostgres, standbys count: Int) async throws -> StandbyGroup {
        var members = [Member(name: "node1", server: first)]
        for number in 2..<(count + 2) {
            let name = "node\(number)"
            members.append(Member(name: name, server: try await first.clone(name: name, port: try LocalPort.unused())))
        }
        // Every server has all the names, for the day it is the primary; none ever follows itself.
        let names = members.map(\.name).joined(separator: ", ")
        for member in members { try await member.server.set("synchronous_standby_names", to: "ANY 1 (\(names))") }
        let group = StandbyGroup(members)
        try await group.isSynchronous(with: count)
        return group
    }

    /// Promotes the standby that has most; the others follow it. The old primary may be dead, or may not know.
    ///
    /// - Returns: the old primary.
    @discardableResult
    package func failOver() async throws -> OwnPostgres {
        let (members, old) = state.withLock { ($0.members, $0.primary) }
        var candidates: [(index: Int, position: Int)] = []
        for index in members.indices where index != old {
            candidates.append((index, try await members[index].server.receivedPosition()))
        }
        guard let chosen = candidates.max(by: { $0.position < $1.position }) else {
            throw TestKitError("There is no standby to promote.")
        }
        let new = members[chosen.index].server
        try await new.promote()
        for (index, _) in candidates where index != chosen.index {
            try await members[index].server.follow(new, as: members[index].name)
        }
        state.withLock { $0.primary = chosen.index }
        return members[old].server
    }

    /// Puts a new standby in the place of a server that was lost; whatever only that one knew is gone.
    package func replace(_ lost: OwnPostgres) async throws {
        let (members, primary) = state.withLock { ($0.members, $0.primary) }
        guard let index = members.firstIndex(where: { $0.server.folder == lost.folder }), index != primary else {
            throw TestKitError("Only a standby can be replaced.")
        }
        try await lost.remove()
        let server = try await members[primary].server.clone(name: members[index].name, port: lost.port)
        state.withLock { $0.members[index] = Member(name: members[index].name, server: server) }
        try await isSynchronous(with: members.count - 1)
    }

    /// Waits until this many standbys follow the primary.
    package func isSynchronous(with count: Int) async throws {
        let primary = primary
        try await eventually("\(count) standbys follow") { try await primary.synchronousStandbys().count == count }
    }

    /// Stops all servers and removes their files.
    func remove() async {
        for server in state.withLock({ $0.members.map(\.server) }) { try? await server.remove() }
    }
}
