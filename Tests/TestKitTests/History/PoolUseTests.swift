// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestKit
import Testing

/// I11
struct PoolUseTests {
    private let copies: [Service: Int] = [.core: 2, .sdk: 2, .portal: 1, .mobile: 2]
    private let full = PoolUse([
        .core: .init(connections: 26), .sdk: .init(connections: 8), .portal: .init(connections: 4),
    ])

    @Test func `full pools are no fault, and one connection more is`() {
        #expect(full.violations(copies: copies).isEmpty)
        for service in Service.allCases {
            var greedy = full
            greedy.shares[service, default: .init(connections: 0)].connections += 1
            #expect(greedy.violations(copies: copies).map(\.invariant) == ["I11"], "\(service)")
        }
    }

    @Test func `a copy that is gone leaves no connection, and nobody leaves a transaction open`() {
        var fewer = copies
        fewer[.core] = 1
        #expect(full.violations(copies: fewer).map(\.invariant) == ["I11"])
        var careless = full
        careless.shares[.sdk]?.openTransactions = 1
        #expect(careless.violations(copies: copies).map(\.invariant) == ["I11"])
    }

    @Test func `what a pool may hold is what the services' configuration says`() throws {
        let page = try String(contentsOfFile: Workshop.path("docs/reference/configuration.md"), encoding: .utf8)
        for service in [Service.core, .sdk, .portal] {
            let section = try #require(page.split(separator: "\n## ").first { $0.hasPrefix("\(service.rawValue)\n") })
            let sizes = section.matches(of: /`database\.(?:read|write)Connections` \|[^|]+\|[^|]+\| `(\d+)`/)
            let sum = sizes.compactMap { Int($0.1) }.reduce(0, +)
            #expect(sizes.count == 2)
            #expect(PoolUse.connectionsMax[service] == sum + (service == .core ? 1 : 0), "\(service)")
        }
    }
}
