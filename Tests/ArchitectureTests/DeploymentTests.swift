// SPDX-License-Identifier: Apache-2.0
import Foundation
import Primitives
import ServiceRuntime
import Testing

struct DeploymentTests {
    static let services = ["mfa-core", "mobileapp-service", "sdk-service", "user-portal"]

    /// Directives that every unit has, with the value where only one is right.
    private static let required: [(name: String, value: String?)] = [
        ("User", nil), ("Group", nil), ("ExecReload", "kill -HUP $MAINPID"), ("LimitNOFILE", nil), ("Restart", nil),
        ("StartLimitIntervalSec", "0"),
        ("NoNewPrivileges", "yes"), ("ProtectSystem", "strict"), ("ProtectHome", "yes"), ("PrivateTmp", "yes"),
        ("PrivateDevices", "yes"), ("CapabilityBoundingSet", ""), ("MemoryDenyWriteExecute", "yes"),
        ("SystemCallFilter", "@system-service"), ("RestrictAddressFamilies", nil), ("UMask", "0077"),
        ("LimitCORE", "0"), ("Environment", "SWIFT_BACKTRACE=enable=no"), ("TimeoutStopSec", "35"),
    ]

    @Test func `there is a unit and a sample configuration for each service`() {
        #expect(
            SourceTree.names(in: "deploy/systemd")
                == ["audit-signer.service", "audit-signer.timer"] + Self.services.map { "\($0).service" })
        #expect(
            SourceTree.names(in: "deploy/configuration") == ["audit-signer.yaml"] + Self.services.map { "\($0).yaml" })
    }

    // R86, R99: the key that signs the audit is nobody's but the signer's.
    @Test func `the signer of the audit runs as its own user, confined, with its own key`() {
        let unit = Self.directives(of: "audit-signer")
        #expect(unit["User"] == ["audit-signer"])
        #expect(unit["ExecStart"]?.first?.hasPrefix("/usr/bin/mfa-core audit sign --config ") == true)
        #expect(unit["LoadCredential"] == ["signer.pem:/etc/countersign/audit-signer/signer.pem"])
        let others: Set = [
            "ExecReload", "LimitNOFILE", "Restart", "StartLimitIntervalSec", "UMask", "TimeoutStopSec", "User", "Group",
        ]
        for (name, value) in Self.required where !others.contains(name) {
            #expect(unit[name] != nil, "the signer lacks \(name)")
            if let value { #expect(unit[name]?.contains(value) == true, "the signer: \(name)") }
        }
        #expect(SourceTree.text(of: "deploy/systemd/audit-signer.timer").contains("OnUnitInactiveSec=1min"))
        let sample = SampleConfigurationTests.keys(of: SourceTree.text(of: "deploy/configuration/audit-signer.yaml"))
        #expect(sample == ["database.url", "database.passwordFile"])
        for service in Self.services {
            let unit = SourceTree.text(of: "deploy/systemd/\(service).service")
            let sample = SourceTree.text(of: "deploy/configuration/\(service).yaml")
            for text in [unit, sample] { #expect(!text.contains("signer")) }
        }
    }

    @Test(arguments: services)
    func `a unit runs its own service as its own user, confined`(service: String) throws {
        let unit = Self.directives(of: service)
        #expect(unit["ExecStart"] == ["/usr/bin/\(service) serve --config /etc/countersign/\(service).yaml"])
        #expect(unit["User"] == [service])
        for (name, value) in Self.required {
            let found = try #require(unit[name], "\(service) lacks \(name)")
            if let value { #expect(found.contains(value), "\(service): \(name)=\(found)") }
        }
        for credential in unit["LoadCredential"] ?? [] {
            let id = credential.split(separator: ":").first.map(String.init) ?? ""
            let handedOn = (unit["Environment"] ?? []).contains { $0.hasSuffix("=%d/\(id)") }
            #expect(handedOn, "\(service): nothing reads the credential \(id)")
        }
    }

    /// systemd hands credentials out when a unit starts, and not again: a reload would read what was there then.
    @Test(arguments: services)
    func `what is read again on SIGHUP is no credential of the unit`(service: String) {
        let keys = ConfigurationReferenceTests.keys(of: service).filter { $0.effect == .reload }
        #expect(keys.count >= 4)
        for key in keys {
            let variable = EnvironmentName.variable(for: key, of: service) + "="
            #expect(!(Self.directives(of: service)["Environment"] ?? []).contains { $0.hasPrefix(variable) })
        }
    }

    /// A service refuses to start with a variable of its own that it does not know.
    @Test(arguments: services)
    func `a unit sets only variables whose key stands in the sample`(service: String) {
        let keys = SampleConfigurationTests.keys(of: SourceTree.text(of: "deploy/configuration/\(service).yaml"))
        let known = Set(keys.map { Self.variable(for: $0, of: service) })
        let prefix = Self.variable(for: "", of: service)
        for setting in Self.directives(of: service)["Environment"] ?? [] where setting.hasPrefix(prefix) {
            let name = String(setting.prefix { $0 != "=" })
            #expect(known.contains(name), "\(service).service sets \(name)")
        }
    }

    @Test func `mobileapp-service is given no database and no key of the suite`() {  // R99
        let unit = SourceTree.text(of: "deploy/systemd/mobileapp-service.service")
        let sample = SourceTree.text(of: "deploy/configuration/mobileapp-service.yaml")
        for word in ["DATABASE__", "master", "postgresql:", "mfa_"] {
            #expect(!unit.contains(word))
            #expect(!sample.contains(word))
        }
    }

    /// The binaries are not installed where tests run, so another program that is there stands in for them.
    @Test func `systemd accepts the units`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "countersign-units-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var arguments = ["verify", "--man=no"]
        for name in SourceTree.names(in: "deploy/systemd") {
            let unit = SourceTree.text(of: "deploy/systemd/\(name)")
                .replacing(try Regex("ExecStart=/usr/bin/[a-z-]+ "), with: "ExecStart=/bin/true ")
            let path = folder.appending(path: name)
            try unit.write(to: path, atomically: true, encoding: .utf8)
            arguments.append(path.path)
        }
        let verified = try Tool.run("/usr/bin/systemd-analyze", arguments)
        #expect(verified.status == 0 && verified.output.isEmpty, "\(verified.output)")
    }

    @Test func `every package to install has a stage and a reason`() {
        let stages: Set<Substring> = ["build", "run", "test", "bench"]
        for line in SourceTree.text(of: "deploy/development/packages.txt").split(separator: "\n") {
            guard !line.hasPrefix("#") else { continue }
            let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
            #expect(words.count == 3 && words[1].split(separator: ",").allSatisfy(stages.contains), "\(line)")
        }
    }

    /// `database.passwordFile` of mfa-core is `MFA_CORE__DATABASE__PASSWORD_FILE`.
    private static func variable(for key: String, of service: String) -> String {
        var result = service.uppercased().replacing("-", with: "_") + "__"
        var previous: Character = "A"
        for character in key {
            if character == "." {
                result += "__"
            } else {
                if character.isUppercase, previous.isLowercase { result += "_" }
                result += character.uppercased()
            }
            previous = character
        }
        return result
    }

    /// Values of each directive of a unit, in order.
    private static func directives(of service: String) -> [String: [String]] {
        var result: [String: [String]] = [:]
        for line in SourceTree.text(of: "deploy/systemd/\(service).service").split(separator: "\n") {
            guard !line.hasPrefix("#"), !line.hasPrefix("["), let equals = line.firstIndex(of: "=") else { continue }
            result[String(line[..<equals]), default: []].append(String(line[line.index(after: equals)...]))
        }
        return result
    }
}
