// SPDX-License-Identifier: Apache-2.0
import Primitives
import SimulatedPhone
import TestKit

/// The people of a scenario.
struct Cast: Sendable {
    /// How many of each.
    struct Size: Sendable {
        /// Tokens by counter, which are never idle.
        var counters = 6
        /// Apps by time, each of which has a passcode every 30 s.
        var clocks = 4
        /// Phones.
        var phones = 4

        init(counters: Int = 6, clocks: Int = 4, phones: Int = 4) {
            self.counters = counters
            self.clocks = clocks
            self.phones = phones
        }
    }

    /// Somebody with a phone.
    struct Owner: Sendable {
        let person: Person
        let phone: SimulatedPhone
    }

    let counters: [Token]
    let clocks: [Token]
    let owners: [Owner]

    /// New people, by way of all copies.
    static func gather(_ size: Size = Size(), in world: World) async throws -> Cast {
        let doors = world.copies(of: .sdk).count
        let mobiles = world.copies(of: .mobile).count
        return Cast(
            counters: try await inParallel(size.counters) {
                try await world.createUserWithToken("bob", "hotp", copy: $0 % doors)
            },
            clocks: try await inParallel(size.clocks) {
                try await world.createUserWithToken("alice", copy: $0 % doors)
            },
            owners: mobiles == 0
                ? []
                : try await inParallel(size.phones) { number in
                    let person = try await world.createUser("carol", copy: number % doors)
                    return Owner(
                        person: person,
                        phone: try await world.activatePhone(
                            for: person, copy: number % mobiles, throughSDK: number % doors))
                })
    }

    /// The ids of all of them.
    var people: [String] { (counters + clocks).map(\.person.id) + owners.map(\.person.id) }

    /// What must be found nowhere.
    func canaries(in world: World) throws -> Canaries {
        var canaries = Canaries()
        for token in counters + clocks {
            canaries.add("the secret of \(token.person.name)", bytes: token.secret.withBytes { Array($0) })
        }
        for token in counters {
            for counter in 0..<3 {
                canaries.add("a passcode of \(token.person.name)", passcode: token.passcode(counter: UInt64(counter)))
            }
        }
        for name in ["administrator", "integrator", "portal", "mobile"] {
            canaries.add("the secret of \(name)", text: try world.account(name).secret)
        }
        return canaries
    }
}
