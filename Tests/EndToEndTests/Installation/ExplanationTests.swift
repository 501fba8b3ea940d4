// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

extension EndToEnd.Installation {
    /// `check-config --explain` of the real programs, without anything installed.
    @Suite struct Explanation {
        private func explain(_ service: Service, _ arguments: String...) async throws -> ChildProcess.End {
            try await ChildProcess.run(
                .init(
                    try Workshop.program(service.rawValue), ["check-config"] + arguments,
                    environment: ["COUNTERSIGN": "tests"]))
        }

        @Test(arguments: Service.allCases)
        func `a key is explained, and where its value comes from`(service: Service) async throws {
            let folder = try Workshop.temporaryFolder()
            let file = "\(folder)/service.yaml"
            try Workshop.write("admin:\n  port: 9999\n", to: file)
            let told = try await explain(service, "--explain", "admin.port", "--config", file)
            #expect(told.status == 0, "\(told.errors)")
            #expect(told.output.contains("value:          9999  (file)"))
            let json = try await explain(service, "--json", "--explain", "log.level", "--config", file)
            let document = JSON(parsing: Array(json.output.utf8))
            #expect(document?["value"]?.text == "info" && document?["origin"]?.text == "default")
            #expect(document?["effect"]?.text == "reload")
        }

        @Test(arguments: Service.allCases)
        func `an unknown key gets the nearest spellings and status 2`(service: Service) async throws {
            let told = try await explain(service, "--explain", "listener.certficate")
            #expect(told.status == 2 && told.output.isEmpty)
            #expect(told.errors.contains("Did you mean “listener.certificate”?"), "\(told.errors)")
            let short = try await explain(service, "--explain", "privateKey")
            #expect(short.status == 2 && short.errors.contains("“listener.privateKey”"), "\(short.errors)")
            #expect(try await explain(service, "--explain", "zzz").status == 2)
        }

        @Test func `what a key means is told where there is no configuration, and that there is none`() async throws {
            let told = try await explain(.core, "--explain", "listener.port", "--config", "/nowhere/mfa-core.yaml")
            #expect(told.status == 1 && told.errors.contains("/nowhere/mfa-core.yaml"))
            #expect(told.output.contains("default:        8440\n"))
        }
    }
}
