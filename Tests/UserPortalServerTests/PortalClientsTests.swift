// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import MFAClient
import Primitives
import ServiceRuntime
import TestKit
import Testing
import UserPortalServer

struct PortalClientsTests {
    private func check(_ url: String) -> ReadinessCheck {
        let sdk = MFAClient(
            http: .shared, urls: [url], credentials: BasicCredentials(name: "portal", secret: SecretBytes(utf8: "s")))
        return SDKReadiness(probe: PortalClients(calls: sdk, waits: sdk).probe).check
    }

    private func code(_ check: ReadinessCheck) async -> String? {
        guard case .notReady(let code, _) = await check.run() else { return nil }
        return code
    }

    // R98
    @Test func `tells a missing sdk-service from one that refuses the portal's account`() async throws {
        let fake = FakeSDK()
        try await fake.serve { url in
            let check = check(url)
            #expect(await check.run() == .ready)
            fake.set { $0.mode = .down }
            #expect(await code(check) == "sdk_unavailable")
            fake.set { $0.mode = .refusing }
            #expect(await code(check) == "sdk_refuses_account")
            #expect(Set(fake.calls) == ["GET /sign-ins/{id}"])
        }
    }

    // R98
    @Test func `a sdk-service that does not listen is unavailable`() async throws {
        let gone = try LocalPort.unused()
        #expect(await code(check("http://127.0.0.1:\(gone)/api/v1")) == "sdk_unavailable")
    }
}
