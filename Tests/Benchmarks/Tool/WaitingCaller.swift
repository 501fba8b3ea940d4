// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import MFAClient

/// A caller that holds a connection to sdk-service until its sign-in is decided.
struct WaitingCaller: Sendable {
    enum Fault: Error {
        /// The caller heard another decision than the phone made.
        case wrong(id: String, state: String)
    }

    let id: String
    let client: MFAClient

    /// Polls for as long as a poll may take, again and again; comes again later when it is asked to.
    func decision() async throws -> (state: String, at: ContinuousClock.Instant) {
        while true {
            do {
                let signIn = try await client.signIns.read(id, waitSeconds: 55)
                if signIn.state != "pending" { return (signIn.state, .now) }
            } catch {
                guard case .problem(_, retryAfterSeconds: let seconds?) = error else { throw error }
                try await Task.sleep(for: .seconds(seconds))
            }
        }
    }
}
