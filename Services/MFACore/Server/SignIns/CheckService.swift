// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import ServiceLifecycle

/// Runs the batches of passcode checks as a part of the service group.
struct CheckService: Service {
    let store: PostgresPersonStore

    func run() async throws {
        try await store.run()
    }
}
