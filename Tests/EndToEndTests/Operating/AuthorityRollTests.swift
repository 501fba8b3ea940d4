// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

extension EndToEnd.Operating {
    /// The internal authority is replaced while people sign in (docs/operating/reload.md).
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
            let both = "\(world.folder)/both-\(Workshop.unique()).pem"
            let joined = try await ChildProcess.run(.init("/bin/cat", [oldAuthority, other.certificate]))
            try Workshop.write(joined.output, to: both)

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
    }
}
