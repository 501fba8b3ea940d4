// SPDX-License-Identifier: Apache-2.0
import MFADomain
import OneTimePassword
import Testing

/// R91: what a fence stands before does not come back by one passcode.
struct RestoreFenceTests {
    /// A token of which a backup knew that nothing was spent, behind a fence at counter 9.
    private static func fenced(_ world: inout World) throws -> OneTimePasswordState {
        let state = OneTimePasswordState(
            algorithm: .sha1, digits: 6, movingFactor: .counter, secret: .open(rfcSecret()), lastStep: 9, fenceStep: 9)
        _ = try world.own(state)
        return state
    }

    @Test func `what may have been spent is refused, in a row too`() throws {
        var world = World()
        let state = try Self.fenced(&world)
        for counter in 0...9 { #expect(try !world.accepts(state.passcode(at: Int64(counter)), .patient)) }
    }

    @Test(arguments: [10, 15, 40])
    func `one passcode is refused however near it is, and the next one is accepted`(counter: Int) throws {
        var world = World()
        let state = try Self.fenced(&world)
        #expect(try !world.accepts(state.passcode(at: Int64(counter)), .patient))
        #expect(try !world.accepts(state.passcode(at: Int64(counter)), .patient))
        #expect(try world.accepts(state.passcode(at: Int64(counter) + 1), .patient))
        // From then on the token is like any other.
        #expect(try world.factors.allSatisfy { try #require($0.oneTimePassword).isFenced == false })
        #expect(try world.accepts(state.passcode(at: Int64(counter) + 2), .patient))
        #expect(try !world.accepts(state.passcode(at: Int64(counter) + 2), .patient))
    }

    @Test func `two passcodes with another one between are not two in a row`() throws {
        var world = World()
        let state = try Self.fenced(&world)
        for counter in [10, 12, 14, 11] {
            #expect(try !world.accepts(state.passcode(at: Int64(counter)), .patient))
        }
        #expect(try world.accepts(state.passcode(at: 12), .patient))
    }
}
