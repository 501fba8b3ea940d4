// SPDX-License-Identifier: Apache-2.0
import Primitives
import Testing
import UserPortalServer

@Suite struct UserPortalConfigurationTests {
    private func problems(_ values: [String: String]) -> [String] {
        var reader = SettingsReader(lookup: { values[$0].map { [$0] } }, readFile: { _ in Array("secret".utf8) })
        _ = UserPortalServer(reading: &reader)
        return reader.problems
    }

    private static let sound = [
        "database.url": "postgresql://mfa_portal@localhost/countersign", "portal.origin": "https://localhost:8443",
        "sdk.secretFile": "/secret", "resources.directory": PortalWorld.resources,
    ]

    /// What the certificates of a listener are, ServiceRuntime's own tests ask.
    private func own(_ changes: [String: String]) -> [String] {
        problems(Self.sound.merging(changes) { $1 }).filter { !$0.hasPrefix("listener.") }
    }

    @Test func `a sound configuration has no faults`() {
        #expect(own([:]) == [])
    }

    @Test func `tells all faults together`() {
        let found = own([
            "portal.origin": "https://localhost:8443/", "portal.prefixes": "enroll", "session.idleSeconds": "3601",
            "session.absoluteSeconds": "86401", "resources.directory": "/nowhere", "sdk.account": "a:b",
            "database.url": "",
        ])
        for key in [
            "portal.origin", "portal.prefixes", "session.idleSeconds", "session.absoluteSeconds",
            "resources.directory", "sdk.account", "database.url",
        ] {
            #expect(found.contains { $0.hasPrefix(key + ":") }, "\(key)")
        }
    }

    @Test(arguments: [
        "http://localhost:8443", "https://", "https://Localhost", "https://localhost:", "https://localhost:443",
        "https://localhost:99999", "https://localhost/enroll", "https://user@localhost", "localhost:8443", "null",
    ])
    func `an origin is what browsers send`(origin: String) {
        #expect(own(["portal.origin": origin]).count == 1)
    }

    @Test(arguments: ["https://mfa.example.org", "https://localhost:8443", "https://[::1]:8443", "https://[::1]"])
    func `takes every origin that browsers send`(origin: String) {
        #expect(own(["portal.origin": origin]) == [])
    }

    @Test func `a session that outlives itself is a fault`() {
        #expect(own(["session.idleSeconds": "3600", "session.absoluteSeconds": "600"]).count == 1)
    }

    @Test func `a secret must be named`() {
        #expect(own(["sdk.secretFile": ""]).contains { $0.hasPrefix("sdk.secretFile:") })
    }

    @Test func `every key is told once`() {
        let names = UserPortalServer.keys.map(\.name)
        #expect(Set(names).count == names.count)
    }
}
