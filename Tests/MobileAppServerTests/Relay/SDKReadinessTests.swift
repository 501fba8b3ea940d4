// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import MobileAppServer
import ServiceRuntime
import Synchronization
import TestKit
import Testing

struct SDKReadinessTests {
    // R98
    @Test func `tells a missing sdk-service from one that refuses the account`() async throws {
        try await Counter.open { counter async throws in
            let moment = Mutex(ContinuousClock.Instant.now)
            let check = SDKReadiness(now: { moment.withLock { $0 } }, probe: counter.calls.probe).check
            #expect(await check.run() == .ready)
            counter.sdk.answers(.init(status: 503))
            #expect(await Self.code(check) == "sdk_unavailable")
            counter.sdk.answers(.init(status: 401, headers: [.wwwAuthenticate: "Basic"]))
            #expect(await Self.code(check) == "sdk_refuses_account")
            // Every try counts as a wrong secret at the door: it is not repeated each second.
            let tries = counter.sdk.calls.count
            #expect(await Self.code(check) == "sdk_refuses_account")
            #expect(counter.sdk.calls.count == tries)
            moment.withLock { $0 += .seconds(15) }
            // R97: an account that asks too often is shed, and its service stays truthful about its health.
            counter.sdk.answers(.init(status: 429))
            #expect(await check.run() == .ready)
            counter.sdk.answers(.init())
            #expect(await check.run() == .ready)
        }
    }

    @Test func `a sdk-service that does not listen is unavailable`() async throws {
        let gone = try LocalPort.unused()
        try await Counter.open(sdkURL: "http://127.0.0.1:\(gone)") { counter async throws in
            #expect(await Self.code(SDKReadiness(probe: counter.calls.probe).check) == "sdk_unavailable")
        }
    }

    private static func code(_ check: ReadinessCheck) async -> String? {
        guard case .notReady(let code, _) = await check.run() else { return nil }
        return code
    }
}
