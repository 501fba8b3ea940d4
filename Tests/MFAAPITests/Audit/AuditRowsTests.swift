// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFAAPI
import Primitives
import Testing

/// R87: a row of the audit as it goes over the wire.
@Suite struct AuditRowsTests {
    @Test func `a change is a pair, and nothing is null`() throws {
        let row = AuditRowResponse(
            id: 7, at: Instant(seconds: 0), event: "user.updated", outcome: "done", frontEnd: "cli",
            actor: "cli:root", detail: ["username": "alice"],
            changes: [
                "email": [nil, .text("a@example.org")], "enabled": [.flag(true), .flag(false)],
                "groups": [.list(["a", "b"]), nil], "digits": [.number(6), .number(8)],
            ])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let json = String(decoding: try encoder.encode(row), as: UTF8.self)
        #expect(
            json.contains(
                #""changes":{"digits":[6,8],"email":[null,"a@example.org"],"enabled":[true,false],"#
                    + #""groups":[["a","b"],null]}"#), "\(json)")
        #expect(try JSONDecoder().decode(AuditRowResponse.self, from: Data(json.utf8)) == row)
    }

    @Test func `a row that is no act has no changes at all`() throws {
        let row = AuditRowResponse(
            id: 7, at: Instant(seconds: 0), event: "otp.ok", outcome: "approved", frontEnd: "sdk", actor: "vpn")
        let json = String(decoding: try JSONEncoder().encode(row), as: UTF8.self)
        #expect(!json.contains("changes") && !json.contains("null"))
    }
}
