// SPDX-License-Identifier: Apache-2.0

import NIOSSL
import ServiceRuntime
import Testing

struct SyslogConfigurationTests {
    private func read(_ overrides: [String]) throws -> (SyslogConfiguration?, [String]) {
        var settings = try ServiceSettings.read(
            service: "mfa-core", file: nil, environment: [:], overrides: overrides, known: SyslogConfiguration.keys)
        let syslog = SyslogConfiguration(reading: &settings.reader)
        return (syslog, settings.problems)
    }

    @Test func `without a host there is no receiver, and a certificate for it is a mistake`() throws {
        let (none, problems) = try read([])
        #expect(none == nil)
        #expect(problems == [])
        let folder = try TestFolder()
        let (_, told) = try read(["syslog.ca=\(try folder.file("ca", try TestAuthority().pem))"])
        #expect(told == ["syslog.ca: needs syslog.host: without it nothing is sent"])
    }

    @Test func `verifies chain and name, and shows a certificate where there is one`() throws {
        let folder = try TestFolder()
        let authority = try TestAuthority()
        let pair = try authority.issue()
        let (syslog, problems) = try read([
            "syslog.host=logs.example.org", "syslog.ca=\(try folder.file("ca", authority.pem))",
            "syslog.certificate=\(try folder.file("c", pair.certificate))",
            "syslog.privateKey=\(try folder.file("k", pair.key))",
        ])
        #expect(problems == [])
        let found = try #require(syslog)
        #expect(found.receiver == "logs.example.org:6514" && found.facility == 13)
        #expect(found.tls.certificateVerification == .fullVerification)
        #expect(found.tls.trustRoots == .certificates(try authority.certificates))
        #expect(found.tls.certificateChain.count == 1 && found.tls.applicationProtocols == [])
        #expect(found.tls.minimumTLSVersion == .tlsv12)
    }

    @Test func `tells every fault at once`() throws {
        let folder = try TestFolder()
        let pair = try TestAuthority().issue()
        let (_, problems) = try read([
            "syslog.host=logs.example.org:6514", "syslog.port=0", "syslog.facility=24", "syslog.ca=/nowhere",
            "syslog.certificate=\(try folder.file("c", pair.certificate))",
        ])
        #expect(
            Set(problems.map { String($0.prefix { $0 != ":" }) })
                == ["syslog.host", "syslog.port", "syslog.facility", "syslog.ca", "syslog.privateKey"])
        let (_, foreign) = try read([
            "syslog.host=192.0.2.7", "syslog.certificate=\(try folder.file("c", pair.certificate))",
            "syslog.privateKey=\(try folder.file("k", try TestAuthority().issue().key))",
        ])
        #expect(foreign == ["syslog.privateKey: does not belong to the certificate beside it"])
    }

    @Test(arguments: ["logs.example.org", "localhost", "192.0.2.7", "2001:db8::7", "log_1"])
    func `takes names and addresses`(host: String) throws {
        let (_, problems) = try read(["syslog.host=\(host)"])
        #expect(problems == [])
    }
}
