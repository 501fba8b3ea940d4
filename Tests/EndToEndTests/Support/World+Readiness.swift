// SPDX-License-Identifier: Apache-2.0
import TestKit

extension World {
    /// Waits until every copy that needs the database says that it is not ready, and why.
    func becomeUnready(within patience: Duration) async throws {
        for copy in allCopies where copy.service != .mobile {
            try await eventually("\(copy.name) is not ready", within: patience) {
                let reply = try await operators("/readyz", of: copy)
                return reply.status == 503 && reply.text.contains("\"code\"")
            }
        }
    }

    /// Waits until every copy says that it is ready.
    func becomeReady(within patience: Duration) async throws {
        let end = ContinuousClock.now + patience
        for copy in allCopies {
            try await eventually("\(copy.name) is ready", within: end - .now) {
                try await operators("/readyz", of: copy).status == 200
            }
        }
    }
}
