// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreServer
import TestKit
import Testing

/// The four sample configurations as `certificate issue` writes them, with the files that it writes beside them.
struct WrittenSampleTests {
    /// What an operator puts there besides; `install.md` says where each comes from.
    private static let operators: [Service: [String]] = [
        .core: ["database.password", "master.key"], .sdk: ["database.password"],
        .portal: ["database.password", "sdk.secret"], .mobile: ["sdk.secret"],
    ]

    /// Issues for `service`, and adds the operator's files.
    private func issue(_ service: Service, _ site: CommandSite) async throws -> (folder: String, sample: String) {
        let folder = "\(site.folder)/\(service.rawValue)"
        _ = try await CertificateAdministration.issue(
            service.rawValue, hosts: ["localhost"], folder: folder, replacing: false, site.options)
        for name in Self.operators[service] ?? [] { try Workshop.write("something\n", to: "\(folder)/\(name)") }
        return (folder, try String(contentsOfFile: "\(folder)/\(service.rawValue).yaml", encoding: .utf8))
    }

    @Test(arguments: Service.allCases)
    func `is accepted by check-config with the files beside it`(service: Service) async throws {
        try await CommandSite.with { site, _ async throws in
            let (folder, sample) = try await issue(service, site)
            let file = "\(site.folder)/\(service.rawValue).yaml"
            try Workshop.write(sample.replacing("/etc/countersign/\(service.rawValue)/", with: "\(folder)/"), to: file)
            var arguments = ["check-config", "--config", file]
            if service == .portal {
                arguments += [
                    "--set", "resources.directory=\(Workshop.path("Services/UserPortal/Server/Resources"))",
                ]
            }
            let end = try await ChildProcess.run(.init(try Workshop.program(service.rawValue), arguments))
            #expect(end.status == 0, "\(end.errors)")
        }
    }

    /// What the unit hands over itself must be among what the configuration names, and that is all there is.
    @Test(arguments: Service.allCases)
    func `names the files that are issued or the operator's, and the unit loads no other`(service: Service) async throws
    {
        try await CommandSite.with { site, _ async throws in
            let (folder, sample) = try await issue(service, site)
            let unit = try String(
                contentsOfFile: Workshop.path("deploy/systemd/\(service.rawValue).service"), encoding: .utf8)
            let file = try Regex("/etc/countersign/\(service.rawValue)/[a-z-]+[.][a-z]+")
            let named = Set(sample.matches(of: file).map { String(sample[$0.range]) })
            let loaded = Set(unit.matches(of: file).map { String(unit[$0.range]) })
            #expect(loaded.isSubset(of: named))
            let there = try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { !$0.hasSuffix(".yaml") }.map { "/etc/countersign/\(service.rawValue)/\($0)" }
            #expect(Set(there) == named)
        }
    }
}
