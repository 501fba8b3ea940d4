// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives
import Testing

@Suite struct AuditEventTests {
    @Test func `tells of an act on a person's factor`() throws {
        var world = World()
        let id = try world.own(.totp())
        let factor = try world.factor(id)
        let event = AuditEvent.act("factor.removed", on: world.user?.id, factor: factor, detail: ["by": "test"])
        #expect(event.event == "factor.removed")
        #expect(event.outcome == "done")
        #expect(event.userID == world.user?.id)
        #expect(event.factorID == factor.id)
        #expect(event.factorKind == .totp)
        #expect(event.detail == ["by": "test"])
    }
}
