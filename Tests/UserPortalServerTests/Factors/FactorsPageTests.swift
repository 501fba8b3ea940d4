// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import Primitives
import Testing

@Suite struct FactorsPageTests {
    private func page(
        _ factors: [FactorResponse], headers: [String: String] = [:]
    ) async throws -> Browser.Page {
        try await PortalWorld.with { world in
            world.fake.set { $0.factors = factors }
            var browser = world.browser()
            try await browser.signIn()
            return try await browser.get("/factors", headers: headers)
        }
    }

    private static func factor(
        kind: String, name: String, state: String = "active", lastUsedAt: Instant? = nil, codesRemaining: Int? = nil
    ) -> FactorResponse {
        FactorResponse(
            id: "1", kind: kind, name: name, state: state, createdAt: Instant(seconds: 1_767_322_800),
            lastUsedAt: lastUsedAt, imported: false, codesRemaining: codesRemaining)
    }

    @Test func `shows kind, name, state, when added and when last used`() async throws {
        let page = try await page([
            Self.factor(kind: "totp", name: "Authenticator", lastUsedAt: Instant(seconds: 1_770_000_000)),
            Self.factor(kind: "device", name: "Pixel 9", state: "revoked"),
            Self.factor(kind: "hotp", name: "Token", state: "unconfirmed"),
            Self.factor(kind: "recovery", name: "On paper", codesRemaining: 7),
        ])
        #expect(page.status == 200)
        for text in [
            "Authenticator", "Time-based codes", "Active", "Pixel 9", "Phone", "Revoked", "Token",
            "Counter-based codes", "Not confirmed yet", "On paper", "Recovery codes left: 7",
            #"datetime="2026-01-02T03:00:00.000Z""#, #"datetime="2026-02-02T02:40:00.000Z""#, "never", "UTC",
        ] {
            #expect(page.body.contains(text), "\(text)")
        }
    }

    @Test func `says so when there is nothing`() async throws {
        #expect(try await page([]).body.contains("There is nothing here yet."))
    }

    @Test func `names are text, whatever they hold`() async throws {
        let page = try await page([Self.factor(kind: "device", name: "<img src=x onerror=alert(1)>")])
        #expect(!page.body.contains("<img src=x"))
        #expect(page.body.contains("&lt;img src=x"))
    }

    @Test func `speaks the browser's language`() async throws {
        let page = try await page(
            [Self.factor(kind: "device", name: "Pixel 9", state: "disabled")], headers: ["Accept-Language": "de-CH"])
        #expect(page.title == "Womit Sie sich anmelden")
        #expect(page.body.contains(#"<html lang="de">"#) && page.body.contains("Gesperrt"))
    }

    @Test func `without sdk-service the session stays`() async throws {
        try await PortalWorld.with { world in
            var browser = world.browser()
            try await browser.signIn()
            world.fake.set { $0.mode = .down }
            #expect(try await browser.get("/factors").status == 503)
            world.fake.set { $0.mode = .up }
            #expect(try await browser.get("/factors").status == 200)
        }
    }
}
