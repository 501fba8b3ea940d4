// SPDX-License-Identifier: Apache-2.0

/// I11: the connections that the services hold to the database, as the database itself counts them.
package struct PoolUse: Sendable, Equatable {
    /// What the pools of one copy hold, by its configuration (docs/reference/configuration.md): connections to read, to
    /// write, and in mfa-core one that listens. mobileapp-service has no role in the database.
    package static let connectionsMax: [Service: Int] = [.core: 4 + 8 + 1, .sdk: 2 + 2, .portal: 2 + 2, .mobile: 0]

    /// What one service holds.
    package struct Share: Sendable, Equatable {
        package var connections: Int
        /// Those of them whose transaction waits for its next statement.
        package var openTransactions: Int

        package init(connections: Int, openTransactions: Int = 0) {
            self.connections = connections
            self.openTransactions = openTransactions
        }
    }

    package var shares: [Service: Share]

    package init(_ shares: [Service: Share]) {
        self.shares = shares
    }

    /// What is too much for this many running copies of each, when nobody is at work.
    package func violations(copies: [Service: Int]) -> [Violation] {
        Service.allCases.flatMap { service -> [Violation] in
            let share = shares[service] ?? Share(connections: 0)
            let (count, most) = (copies[service] ?? 0, Self.connectionsMax[service] ?? 0)
            var found: [Violation] = []
            if share.connections > most * count {
                found.append(
                    Violation(
                        "I11",
                        "\(count) copies of \(service.rawValue) hold \(share.connections) connections "
                            + "to the database, \(most) each are allowed"))
            }
            if share.openTransactions > 0 {
                found.append(Violation("I11", "\(service.rawValue) leaves \(share.openTransactions) transactions open"))
            }
            return found
        }
    }
}
