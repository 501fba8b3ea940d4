// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import MFACoreServer
import MFACoreStore
import Postgres
import Primitives
import TestKit
import Testing

/// Remembered sign-ins as callers, auditors and administrators see them.
@Suite struct RememberedSignInTests {
    private static let policy = "lines: [{name: VPN, then: {remember: {application: 600, address: 900}}}]"

    private func start(_ door: CoreDoor, _ passcode: String, from address: String) async throws -> TestResponse {
        try await door.send(
            .startSignIn,
            ["user": "alice", "passcode": .string(passcode), "application": "vpn", "clientAddress": .string(address)])
    }

    // R87: the answer, the row, its call result and its explanation say the same.
    @Test func `whoever is not asked again is told so, and so is the audit`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            try await door.apply(policy: Self.policy)
            let proved = try await start(door, RFC4226.passcodes[0], from: "192.0.2.9")
            #expect(proved["state"] == "approved" && proved["factor"] == "hotp")
            let again = try await start(door, RFC4226.wrongPasscode, from: "192.0.2.9")
            #expect(again["state"] == "approved" && again["waiver"] == "remembered_address")
            #expect(again.json?.keys == ["decidedAt", "id", "state", "waiver"])
            #expect(try await door.send(.readSignIn, id: again["id"] ?? "")["waiver"] == "remembered_address")
            #expect(try await door.lastAudit() == "sign_in.waived remembered_address")
            let elsewhere = try await start(door, RFC4226.wrongPasscode, from: "192.0.2.10")
            #expect(elsewhere["waiver"] == "remembered_application")
            let id = try await door.value(
                "select id::text as t from core.audit_event where reason = 'remembered_address'")
            let site = try CommandSite(door.database)
            let shown = try await AuditAdministration.show(try #require(id.flatMap { Int64($0) }), site.options)
            #expect(shown.json?["detail"]?["remembered"]?.text?.hasPrefix("hotp at 2") == true)
            #expect(shown.json?["callResult"]?["name"]?.text == "SUCCESS_USED_IP_BASED_CACHE")
            #expect(shown.json?["policy"]?["line"]?.text == "VPN")
            let sentence = shown.json?["policy"]?["sentence"]?.text ?? ""
            #expect(sentence.hasPrefix("let in without being asked again, having proved hotp at 2"), "\(sentence)")
            _ = try await door.send(.setPassword, ["password": "correct horse"])
            #expect(try await start(door, RFC4226.wrongPasscode, from: "192.0.2.9")["state"] == "denied")
        }
    }

    @Test func `an explanation says who would not be asked again, and who would`() async throws {
        try await CoreDoor.open { door async throws in
            try await door.addUser()
            try await door.addToken()
            try await door.apply(policy: Self.policy)
            let site = try CommandSite(door.database)
            func explain(_ address: String?, at time: String? = nil) async throws -> CommandReport {
                try await PolicyAdministration.explain(
                    user: "alice", application: "vpn", address: address, at: time, site.options)
            }
            let asked = try await explain("192.0.2.9")
            #expect(asked.json?["result"]?.text == "asked")
            let sentence = asked.json?["sentence"]?.text ?? ""
            #expect(
                sentence.hasSuffix(
                    "hotp, and not again for 900 s to the same application from the same address "
                        + "or 600 s to the same application"), "\(sentence)")
            _ = try await start(door, RFC4226.passcodes[0], from: "192.0.2.9")
            #expect(try await explain("192.0.2.9").json?["result"]?.text == "remembered_address")
            #expect(try await explain("192.0.2.10").json?["result"]?.text == "remembered_application")
            #expect(try await explain("192.0.2.9", at: "2100-01-01T00:00:00Z").json?["result"]?.text == "asked")
            // R22: a factor that could not be asked now is none to be remembered.
            try await door.database.database.run(
                "update core.factor set delayed_until = clock_timestamp() + interval '1 hour'")
            #expect(try await explain("192.0.2.9").json?["result"]?.text == "asked")
        }
    }
}
