// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The service accounts, read again when they are two seconds old, and before anybody is turned away.
///
/// One reading at a time serves everybody who waits for one, so a flood of wrong credentials costs the database no
/// more than a single one does. What is kept are records; that somebody's credentials were right is never kept.
package final class AccountBook: Sendable {
    /// The accounts by name, as they were at some time after `begunAt`.
    package struct Page: Sendable {
        let accounts: [String: DoorAccount]
        /// The names of accounts by the marks of their certificates.
        let owners: [String: String]
        let begunAt: ContinuousClock.Instant
    }

    private struct State {
        var page: Page?
        var reading: Task<Page, any Error>?
    }

    private enum Step {
        case have(Page)
        case wait(Task<Page, any Error>)
    }

    private let read: @Sendable () async throws -> [DoorAccount]
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// - Parameters:
    ///   - read: reads all accounts from the database.
    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        read: @escaping @Sendable () async throws -> [DoorAccount]
    ) {
        self.read = read
        self.now = now
    }

    /// Accounts that are at most ``Limits/accountAgeMax`` old.
    func recent() async throws -> Page {
        try await page(notBefore: now() - Limits.accountAgeMax)
    }

    /// Accounts read after this call began.
    func fresh() async throws -> Page {
        try await page(notBefore: now())
    }

    private func page(notBefore moment: ContinuousClock.Instant) async throws -> Page {
        while true {
            let step = state.withLock { state in
                if let page = state.page, page.begunAt >= moment { return Step.have(page) }
                if let reading = state.reading { return Step.wait(reading) }
                let reading = Task { try await self.turnPage() }
                state.reading = reading
                return Step.wait(reading)
            }
            switch step {
            case .have(let page): return page
            case .wait(let reading):
                let page = try await reading.value
                if page.begunAt >= moment { return page }
            }
        }
    }

    private func turnPage() async throws -> Page {
        let begunAt = now()
        do {
            let accounts = try await read()
            let page = Page(
                accounts: Dictionary(accounts.map { ($0.name, $0) }) { first, _ in first },
                owners: Dictionary(accounts.flatMap { account in account.certificates.map { ($0, account.name) } }) {
                    first, _ in first
                },
                begunAt: begunAt)
            state.withLock { state in
                state.page = page
                state.reading = nil
            }
            return page
        } catch {
            state.withLock { $0.reading = nil }
            throw error
        }
    }
}
