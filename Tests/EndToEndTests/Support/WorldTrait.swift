// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Testing
import TestKit

/// Builds a world before the first test of a suite, lends it to all of them and takes it down after the last one. Where
/// any of them asked for the audit's chain, all of that is verified at the end (I4).
struct WorldTrait: SuiteTrait, TestScoping {
    let make: @Sendable () async throws -> World

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let world = try await make()
        let chain = world.newChainCheck
        let result: Result<Void, any Error>
        do {
            try await World.$lent.withValue(world) {
                try await World.$chain.withValue(chain) { try await function() }
            }
            if await chain.isUsed { try await world.expectWholeAudit() }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await world.close()
        try result.get()
    }
}

extension Trait where Self == WorldTrait {
    /// The suite's tests share one world.
    static func world(_ make: @escaping @Sendable () async throws -> World) -> WorldTrait { WorldTrait(make: make) }
}

extension World {
    @TaskLocal static var lent: World?

    /// The world of the suite that this test belongs to.
    static var current: World {
        get throws {
            guard let lent else { throw TestKitError("This suite has no world.") }
            return lent
        }
    }
}

extension Trait where Self == IssueHandlingTrait {
    /// A failure tells where the services' logs are, and what the services complained of last.
    static var logsOfTheWorld: IssueHandlingTrait {
        .compactMapIssues { issue in
            let isTold = issue.comments.contains { $0.rawValue.hasPrefix("Logs: ") }
            guard let world = World.lent, !isTold else { return issue }
            var issue = issue
            issue.comments.append(Comment(rawValue: "Logs: \(world.logFolder)\n\(world.complaints)"))
            return issue
        }
    }
}
