// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

extension EndToEnd.Operating {
    /// The internal authority is replaced while people sign in (docs/operating/reload.md), and certificates come to their
    /// end.
    @Suite struct AuthorityRoll {
        let world: World

        init() throws { world = try World.current }

        /// sdk-service as mfa-core sees it, with the certificate in `folder`; nil when it is refused.
        private func statusOfPing(_ core: ServiceProcess, trusting: String, as folder: String) async throws -> Int? {
            do {
                return try await KeptConnection.with(
                    port: try await core.port(), trustRoots: trusting, identity: folder
                ) {
                    try await $0.get("/internal/v1/ping")
                }
            } catch is NoReply {
                return nil
            }
        }

        // F28, R74
        @Test func `a new authority takes over in three steps, and nobody notices`() async throws {
            let (core, sdk) = (world.copies(of: .core)[0], world.copies(of: .sdk)[0])
            let old = "\(world.folder)/certificates"
            let oldAuthority = "\(old)/mfa-core/ca.pem"
            let other = try await OtherAuthority(in: "\(world.folder)/other-\(Workshop.unique())")
            let (newCore, newSDK) = (try await other.issue(for: .core), try await other.issue(for: .sdk))
            let both = try await trusting(oldAuthority, other.certificate)

            let tokens = try await inParallel(6) { _ in try await world.createUserWithToken("roll", "hotp") }
            let load = PasscodeLoad(world, counters: tokens, clocks: [], at: sdk)
            let working = Task { try await load.run() }
            func workGoesOn() async throws {
                let count = load.count
                try await eventually("work goes on") { load.count >= count + 30 }
            }
            try await workGoesOn()

            // Both are trusted, then the new certificates are shown, then the old authority is trusted no more.
            let trustBoth = (core: ["listener.clientCA": both], sdk: ["core.ca": both])
            let showNew = (
                core: [
                    "listener.certificate": "\(newCore)/certificate.pem", "listener.privateKey": "\(newCore)/key.pem",
                ],
                sdk: ["core.certificate": "\(newSDK)/certificate.pem", "core.privateKey": "\(newSDK)/key.pem"]
            )
            let trustNew = (
                core: ["listener.clientCA": other.certificate], sdk: ["core.ca": other.certificate]
            )
            var (coreSettings, sdkSettings): ([String: String], [String: String]) = ([:], [:])
            for step in [trustBoth, showNew, trustNew] {
                coreSettings.merge(step.core) { $1 }
                sdkSettings.merge(step.sdk) { $1 }
                try await world.configure(core, coreSettings)
                try await world.configure(sdk, sdkSettings)
                try await world.reload(core)
                try await world.reload(sdk)
                try await workGoesOn()
            }
            #expect(try await statusOfPing(core, trusting: other.certificate, as: newSDK) == 204)
            #expect(try await statusOfPing(core, trusting: other.certificate, as: "\(old)/sdk-service") == nil)
            #expect(try await statusOfPing(core, trusting: oldAuthority, as: newSDK) == nil)

            // And back, so that other scenarios find what they know.
            let shown = (
                core: trustBoth.core.merging(showNew.core) { $1 }, sdk: trustBoth.sdk.merging(showNew.sdk) { $1 }
            )
            for step in [shown, trustBoth, (core: [:], sdk: [:])] {
                try await world.configure(core, step.core)
                try await world.configure(sdk, step.sdk)
                try await world.reload(core)
                try await world.reload(sdk)
                try await workGoesOn()
            }
            load.end()
            try await working.value
            #expect(tally(load.answers.map(\.told)) == ["approved": load.count])
        }

        /// A file with both authorities.
        private func trusting(_ one: String, _ other: String) async throws -> String {
            let both = "\(world.folder)/both-\(Workshop.unique()).pem"
            let joined = try await ChildProcess.run(.init("/bin/cat", [one, other]))
            try Workshop.write(joined.output, to: both)
            return both
        }

        /// Whether mfa-core answers a caller that shows the certificate in `folder` and takes any server for it.
        private func answers(_ core: ServiceProcess, to folder: String) async throws -> Bool {
            let request = #"GET /internal/v1/ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"#
            let client = "openssl s_client -quiet -connect 127.0.0.1:\(try await core.port())"
            let end = try await ChildProcess.run(
                .init(
                    "/bin/sh",
                    ["-c", "printf '\(request)' | \(client) -cert \(folder)/certificate.pem -key \(folder)/key.pem"]))
            return end.output.contains("HTTP/1.1 204")
        }

        // F28, R74
        @Test func `certificates that end under way let nobody in, and a reload is enough to go on`() async throws {
            let (core, sdk) = (world.copies(of: .core)[0], world.copies(of: .sdk)[0])
            let (oldAuthority, oldSDK) = (world.trustRoots, "\(world.folder)/certificates/sdk-service")
            let token = try await world.createUserWithToken("end", "hotp")
            let other = try await OtherAuthority(in: "\(world.folder)/other-\(Workshop.unique())")
            let both = try await trusting(oldAuthority, other.certificate)
            try await world.configure(sdk, ["core.ca": both])
            try await world.reload(sdk)

            // Both ends of the line between sdk-service and mfa-core, in a few seconds.
            let shortCore = try await other.issue(for: .core, endingAfter: 8)
            let shortSDK = try await other.issue(for: .sdk, endingAfter: 8)
            try await world.configure(
                core,
                [
                    "listener.clientCA": both, "listener.certificate": "\(shortCore)/certificate.pem",
                    "listener.privateKey": "\(shortCore)/key.pem",
                ])
            try await world.reload(core)
            #expect(try await statusOfPing(core, trusting: both, as: shortSDK) == 204)
            #expect(try await answers(core, to: shortSDK))
            let left = try await world.gauge("certificate_expiry_seconds", "\"listener.certificate\"", of: core)
            #expect((1...8).contains(left), "\(left)")

            try await eventually("a client whose certificate has ended is refused") {
                try await !answers(core, to: shortSDK)
            }
            #expect(try await answers(core, to: oldSDK))
            // And a server: by a copy that has no connection from before.
            let door = try await world.start(.sdk, apart: true, settings: ["core.ca": both])
            try await eventually("a server whose certificate has ended is refused") {
                try await world.operators("/readyz", of: door).text.contains("core_unreachable")
            }
            #expect(try await world.check(token.passcode(counter: 0), of: token.person.name, at: door).status == 503)

            try await world.configure(core, ["listener.clientCA": both])
            try await world.reload(core)
            try await door.isBack(in: world)
            let state = try await world.check(token.passcode(counter: 0), of: token.person.name, at: door)["state"]
            #expect(state?.text == "approved")
            #expect(try await !answers(core, to: shortSDK))
            #expect(try await door.stop() == 0)
            for copy in [core, sdk] {
                try await world.configure(copy)
                try await world.reload(copy)
            }
        }
    }
}
