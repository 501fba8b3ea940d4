// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import MFAAPI
import MFAClient
import NIOCore
import Primitives
import SDKServer
import ServiceRuntime
import Synchronization
import TestKit

/// sdk-service's listener in front of a ``FakeCore``, with accounts and audit in memory.
struct Door: Sendable {
    let core: FakeCore
    let client: any TestClientProtocol
    /// The same without a listener.
    let responder: HeldResponder
    let audit: MemoryAudit
    let tally: RefusalTally
    let registry: WaitRegistry
    let draining: Draining
    let clock: SettableClock
    let accounts: MemoryAccounts
    let turnstile: Turnstile
    let databaseClock: DatabaseClock

    /// Runs `body` with a door; `timing` nil leaves out the decisions stream.
    static func open<R: Sendable>(
        timing: DecisionsStream.Timing? = nil, registry: WaitRegistry = WaitRegistry(),
        capacity: CapacityConfiguration = CapacityConfiguration(), logger: Logger = .silent,
        on setup: TestingSetup = .router, coreURL: String? = nil,
        _ body: @escaping @Sendable (Door) async throws -> R
    ) async throws -> R {
        try await FakeCore.with { core in
            let url = coreURL ?? core.url
            let tls = TLSPolicy.client(roots: nil, certificates: [], key: nil)
            let http = InternalHTTPClient(
                configuration: InternalClientConfiguration(urls: [url], tls: tls), logger: .silent)
            do {
                let result = try await serve(
                    core, client: { MFAClient(http: http.client, urls: [url]) }, timing, registry, capacity, logger,
                    setup, body)
                try await http.client.shutdown()
                return result
            } catch {
                try await http.client.shutdown()
                throw error
            }
        }
    }

    private static func serve<R: Sendable>(
        _ core: FakeCore, client makeClient: () -> MFAClient, _ timing: DecisionsStream.Timing?,
        _ registry: WaitRegistry, _ capacity: CapacityConfiguration, _ logger: Logger, _ setup: TestingSetup,
        _ body: @escaping @Sendable (Door) async throws -> R
    ) async throws -> R {
        let (clock, accounts, audit, draining) = (SettableClock(), MemoryAccounts(), MemoryAudit(), Draining())
        let tally = RefusalTally(audit: audit, logger: .silent)
        let sheds = ShedLog(logger: logger, now: clock.now)
        let turnstile = Turnstile(capacity, log: sheds, now: clock.now)
        let databaseClock = DatabaseClock()
        let calls = CoreCalls(makeClient(), turnstile: turnstile, clock: databaseClock)
        let doorman = Doorman(
            book: AccountBook(now: clock.now) { try accounts.read() }, audit: audit, tally: tally, sheds: sheds,
            now: clock.now)
        let responder = Routes(doorman: doorman, calls: calls, registry: registry).responder()
        let stream = timing.map {
            DecisionsStream(
                client: makeClient(), calls: calls, registry: registry, draining: draining, timing: $0,
                logger: .silent)
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            if let stream {
                group.addTask { try await stream.run() }
                try await eventually("the stream is open") { core.streamsOpened > 0 }
            }
            defer {
                draining.begin()
                group.cancelAll()
            }
            return try await Application(responder: responder, logger: .silent).test(setup) { client in
                try await body(
                    Door(
                        core: core, client: client, responder: responder, audit: audit, tally: tally,
                        registry: registry,
                        draining: draining, clock: clock, accounts: accounts,
                        turnstile: turnstile, databaseClock: databaseClock))
            }
        }
    }

    /// Runs `body` with a door behind which nobody is.
    static func withoutCore<R: Sendable>(
        _ body: @escaping @Sendable (Door) async throws -> R
    ) async throws -> R {
        let gone = try LocalPort.unused()
        return try await open(coreURL: "http://127.0.0.1:\(gone)", body)
    }

    /// Sends one request as `account`.
    func send(
        _ method: HTTPRequest.Method, _ path: String, as account: String? = "integrator", secret: String? = nil,
        headers: HTTPFields = [:], body: String? = nil
    ) async throws -> TestResponse {
        var fields = headers
        if let account {
            let pair = "\(account):\(secret ?? MemoryAccounts.secret(of: account))"
            fields[.authorization] = "Basic " + Data(pair.utf8).base64EncodedString()
        }
        if body != nil, fields[.contentType] == nil { fields[.contentType] = "application/json" }
        return try await client.execute(
            uri: Paths.api + path, method: method, headers: fields, body: body.map { ByteBuffer(string: $0) })
    }

    /// Somebody waits for a sign-in.
    func waits(for id: String) async throws {
        try await eventually("somebody waits for \(id)") { registry.waitingIDs == [id] }
    }
}

/// One account for each scope, one with all, and what a test adds.
final class MemoryAccounts: Sendable {
    struct Down: Error {}

    private let all: Mutex<[DoorAccount]>
    private let readings = Mutex(0)
    private let isDown = Mutex(false)

    init() {
        all = Mutex([
            Self.account("integrator", [.authenticate]), Self.account("administrator", [.manageUsers]),
            Self.account("portal", [.portal]), Self.account("mobile", [.mobile]),
            Self.account("auditor", [.readAudit]),
            Self.account("everything", Set(Scope.allCases)),
        ])
    }

    var count: Int { readings.withLock { $0 } }

    static func secret(of name: String) -> String {
        let padding = String(repeating: "x", count: 43 - name.utf8.count)
        return "cs_id-\(name)_\(name)\(padding)"
    }

    static func account(
        _ name: String, _ scopes: Set<Scope>, application: String? = nil, networks: [IPNetwork]? = nil,
        isDisabled: Bool = false, limits: AccountLimitOverrides = .init(), certificates: Set<String> = []
    ) -> DoorAccount {
        let hash = Array(SHA256.hash(data: Data(secret(of: name).utf8)))
        var account = DoorAccount(
            name: name, scopes: scopes, application: application, networks: networks, isDisabled: isDisabled,
            secrets: ["id-\(name)": hash])
        (account.limits, account.certificates) = (limits, certificates)
        return account
    }

    func replace(_ account: DoorAccount) {
        all.withLock { all in
            all.removeAll { $0.name == account.name }
            all.append(account)
        }
    }

    func remove(_ name: String) { all.withLock { $0.removeAll { $0.name == name } } }

    func fail(_ down: Bool) { isDown.withLock { $0 = down } }

    func read() throws -> [DoorAccount] {
        readings.withLock { $0 += 1 }
        if isDown.withLock({ $0 }) { throw Down() }
        return all.withLock { $0 }
    }
}

/// Keeps audit rows; fails when told to.
final class MemoryAudit: DoorAudit {
    struct Down: Error {}

    private let written = Mutex<[DoorAuditRow]>([])
    private let isDown = Mutex(false)

    var rows: [DoorAuditRow] { written.withLock { $0 } }

    func fail(_ down: Bool) { isDown.withLock { $0 = down } }

    func append(_ rows: [DoorAuditRow]) async throws {
        if isDown.withLock({ $0 }) { throw Down() }
        written.withLock { $0 += rows }
    }
}

/// A monotonic clock that moves when told to.
final class SettableClock: Sendable {
    private let moment = Mutex(ContinuousClock.Instant.now)

    var now: @Sendable () -> ContinuousClock.Instant { { self.moment.withLock { $0 } } }

    func advance(by duration: Duration) { moment.withLock { $0 += duration } }
}

extension TestResponse {
    /// The body as text.
    var text: String { String(buffer: body) }

    /// The `code` of problem details.
    var code: String? {
        (try? JSONDecoder().decode(ProblemResponse.self, from: Data(body.readableBytesView)))?.code
    }
}
