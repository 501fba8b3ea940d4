// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

extension EndToEnd.Standing {
    /// R70: what `service-account add --network` promises.
    @Suite struct Networks {
        let world: World

        init() throws { world = try World.current }

        // R70
        @Test func `an account is let in from its own networks only, and refusals are audited`() async throws {
            let (near, far) = ("near-\(Workshop.unique())", "far-\(Workshop.unique())")
            try await world.addAccount(near, "--scope", "manage-users", "--network", "127.0.0.0/8", "--network", "::1")
            try await world.addAccount(far, "--scope", "manage-users", "--network", "10.0.0.0/8")
            for copy in world.copies(of: .sdk).indices {
                #expect(try await world.call("GET", "/users", as: near, copy: copy).status == 200)
                let refused = try await world.call("GET", "/users", as: far, copy: copy)
                #expect(refused.status == 401 && refused.code == "unauthenticated")
            }
            try await eventually("the refusals are written down") {
                try await world.number(
                    """
                    select coalesce(sum((detail->>'count')::int), 0) from core.audit_event
                    where event = 'door.unauthenticated' and reason = 'foreign_network' and actor = '\(far)'
                    and peer = '127.0.0.1'
                    """) == 2
            }
        }
    }
}
