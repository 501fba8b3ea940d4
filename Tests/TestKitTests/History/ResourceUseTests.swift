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
        let cap = ResourceUse.Cap(of: .core)
        let calm = ResourceUse(memoryBytes: 50 << 20, files: 60, threads: 10)
        #expect(calm.violations("x", cap: cap).isEmpty && calm.violations("x", before: calm, cap: cap).isEmpty)
        let wild = ResourceUse(memoryBytes: 2 << 30, files: 5_000, threads: 500)
        #expect(wild.violations("x", cap: cap).map(\.invariant) == ["I11", "I11", "I11"])
        let greedy = ResourceUse(memoryBytes: 50 << 20, files: 400, threads: 30)
        #expect(greedy.violations("x", before: calm, cap: cap).map(\.invariant) == ["I11", "I11"])
    }

    @Test func `memory has to come back near to what it was`() {
        let cap = ResourceUse.Cap(of: .core)
        let calm = ResourceUse(memoryBytes: 50 << 20, files: 60, threads: 10)
        var later = calm
        later.memoryBytes = 178 << 20
        #expect(later.violations("x", before: calm, cap: cap).isEmpty)
        later.memoryBytes += 1
        let found = later.violations("x", before: calm, cap: cap)
        #expect(found.map(\.invariant) == ["I11"] && found.first?.what.contains("keeps") == true)
        // A crowd may leave something in the allocator, and no more than it took.
        let crowded = ResourceUse.Cap(of: .core, crowd: 1_000)
        #expect(later.violations("x", before: calm, cap: crowded).isEmpty)
        later.memoryBytes = (178 << 20) + 1_000 * (64 << 10) + 1
        #expect(later.violations("x", before: calm, cap: crowded).map(\.invariant) == ["I11"])
    }

    @Test func `a service has the memory that its bar gives it`() {
        var use = ResourceUse(memoryBytes: 384 << 20, files: 60, threads: 10)
        for service in Service.allCases { #expect(use.violations("x", cap: .init(of: service)).isEmpty, "\(service)") }
        use.memoryBytes += 1
        let tooMuch = Service.allCases.filter { !use.violations("x", cap: .init(of: $0)).isEmpty }
        #expect(tooMuch == [.core, .portal, .mobile])
        use.memoryBytes = (500 << 20) + 1
        #expect(use.violations("x", cap: .init(of: .sdk)).map(\.invariant) == ["I11"])
    }
}
