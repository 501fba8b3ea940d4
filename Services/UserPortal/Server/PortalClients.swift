// SPDX-License-Identifier: Apache-2.0
package import MFAClient
package import ServiceRuntime

/// The two ways to sdk-service.
package struct PortalClients: Sendable {
    /// A sign-in that nobody has.
    private static let nobodysSignIn = "/sign-ins/00000000-0000-0000-0000-000000000000"

    package let calls: MFAClient
    package let waits: MFAClient

    /// - Parameter waits: has connections of its own.
    package init(calls: MFAClient, waits: MFAClient) {
        self.calls = calls
        self.waits = waits
    }

    /// Whether the portal can do its work: it is told that there is no such sign-in only if its account may ask.
    package func probe() async throws -> SDKReadiness.Probe {
        let answer = try await calls.send(method: "GET", path: Self.nobodysSignIn, deadline: .seconds(2))
        // The door asks for credentials whenever it refuses an account.
        if answer.header("www-authenticate") != nil || [401, 403].contains(answer.status) {
            return .accountRefused(status: answer.status)
        }
        // Too many requests are no fault of the way there, and would be more if this copy's work went to another one.
        return [404, 429].contains(answer.status) ? .ready : .unavailable(status: answer.status)
    }
}
