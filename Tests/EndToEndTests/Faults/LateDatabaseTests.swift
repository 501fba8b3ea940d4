// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

extension EndToEnd.Faults.Outages {
    // R88, R98
    @Test func `mfa-core that starts before its database is ready as soon as that is there`() async throws {
        try await world.postgres.stop(.fast)
        let copies = [try await world.start(.core, apart: true), try await world.start(.core, apart: true)]
        for copy in copies {
            try await eventually("\(copy.name) says why", within: .seconds(5)) {
                let ready = try await world.operators("/readyz", of: copy)
                return ready.status == 503 && ready.text.contains("database_unavailable")
                    && ready.text.contains("keys_not_loaded") && ready.text.contains("not_listening")
            }
            #expect(try await world.operators("/livez", of: copy).status == 200)
            #expect(!copy.log.lines().contains { $0.contains("\"listener\":\"internal\"") })
        }
        // Nothing is under way, so there is nothing to wait for.
        #expect(try await copies[1].stop(within: .seconds(10)) == 0)
        try await world.postgres.start()
        try await copies[0].becomesReady(within: .seconds(10))
        #expect(try await copies[0].port() > 0)
        #expect(try await copies[0].stop() == 0)
        try await world.becomeReady(within: .seconds(10))
    }
}
