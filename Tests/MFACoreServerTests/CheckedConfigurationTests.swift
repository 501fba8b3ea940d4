// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import MFACoreServer
import Primitives
import ServiceRuntime
import TestKit
import Testing

/// What `check-config` finds that only another command, or an activation, would have stumbled over.
struct CheckedConfigurationTests {
    private func problems(_ settings: [String], commands: Bool = true) throws -> [String] {
        var read = try ServiceSettings.read(
            service: MFACoreService.name, file: nil, environment: [:],
            overrides: ["database.url=host=db", "keys.masterKeyFile=/k", "mobile.url=https://a/PA"] + settings,
            known: MFACoreService.allKeys)
        _ = MFACoreService(reading: &read.reader)
        if commands { MFACoreService.checkCommands(reading: &read.reader) }
        return read.problems.filter { !$0.hasPrefix("listener.") }
    }

    @Test func `a password in the migrating role's address is a fault, and not repeated`() throws {
        let found = try problems(["migrate.database.url=postgresql://mfa_migrate:hidden@db/x"])
        #expect(found.count == 1 && found[0].hasPrefix("migrate.database.url: must not hold a password"))
        #expect(found[0].contains("migrate.database.passwordFile") && !found[0].contains("hidden"))
        #expect(try problems(["migrate.database.url=postgresql://[::1/x"]).count == 1)
    }

    @Test func `the migrating role's password must be there, and its address with it`() throws {
        let found = try problems(["migrate.database.url=host=db", "migrate.database.passwordFile=/nowhere"])
        #expect(found.count == 1 && found[0].hasPrefix("migrate.database.passwordFile: cannot read"))
        let file = "\(try Workshop.temporaryFolder())/password"
        try Workshop.write("secret\n", to: file)
        #expect(
            try problems(["migrate.database.passwordFile=\(file)"]).map { $0.prefix(21) } == ["migrate.database.url:"])
        #expect(
            try problems(["migrate.database.url=host=db", "migrate.database.passwordFile=\(file)"]).isEmpty)
    }

    /// The unit does not hand that password over, and a second host needs no such section.
    @Test func `serve does not read the migrating role's section, and nobody has to have one`() throws {
        #expect(try problems(["migrate.database.passwordFile=/nowhere"], commands: false).isEmpty)
        #expect(try problems([]).isEmpty)
    }

    @Test(arguments: [
        "https://mfa.example.org/PA?x=1", "https://mfa.example.org/PA#x", "https://me@mfa.example.org/PA", "https://",
        "https://:8444/PA", "https://mfa.example.org/P A", "https://bücher.example/PA", "http://mfa.example.org/PA",
        "https://a/" + String(repeating: "a", count: 2048),
    ])
    func `an address that no activation link can carry is refused`(url: String) throws {
        #expect(ActivationLink(service: url, secret: ActivationSecret(from: SystemRandomSource())) == nil)
        let found = try problems(["mobile.url=\(url)"])
        #expect(found.count == 1 && found[0].hasPrefix("mobile.url: expected https://"), "\(found)")
    }

    @Test(arguments: ["https://mfa.example.org", "https://mfa.example.org:8444/PA/", "https://[2001:db8::1]/PA"])
    func `an address that links can carry is accepted`(url: String) throws {
        #expect(try problems(["mobile.url=\(url)"]).isEmpty)
    }
}
