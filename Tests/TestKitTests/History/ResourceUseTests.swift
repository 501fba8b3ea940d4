// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestKit
import Testing

/// I11
struct ResourceUseTests {
    @Test func `sees what this process holds`() throws {
        let before = try #require(ResourceUse(of: getpid()))
        #expect(before.memoryBytes > 1 << 20 && before.threads > 0)
        let files = try (0..<20).map { _ in
            try #require(FileHandle(forReadingAtPath: "/dev/null"))
        }
        let after = try #require(ResourceUse(of: getpid()))
        #expect(after.files >= before.files + 10)
        for file in files { try file.close() }
        #expect(ResourceUse(of: 1 << 30) == nil)
    }

    @Test func `tells what is too much, and what was not given back`() {
        let calm = ResourceUse(memoryBytes: 50 << 20, files: 60, threads: 10)
        #expect(calm.violations("x").isEmpty && calm.violations("x", before: calm).isEmpty)
        let wild = ResourceUse(memoryBytes: 2 << 30, files: 5_000, threads: 500)
        #expect(wild.violations("x").map(\.invariant) == ["I11", "I11", "I11"])
        let greedy = ResourceUse(memoryBytes: 50 << 20, files: 400, threads: 30)
        #expect(greedy.violations("x", before: calm).map(\.invariant) == ["I11", "I11"])
    }
}
