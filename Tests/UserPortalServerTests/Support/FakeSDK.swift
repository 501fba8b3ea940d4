// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import MFAAPI
import NIOCore
import Primitives
import ServiceLifecycle
import Synchronization

/// sdk-service as user-portal sees it: the contract's portal operations over HTTP on a free port of 127.0.0.1.
///
/// Alice's password is `correct horse`, her code `123456`; her phone is asked for `483920`. The ticket of an approved
/// sign-in is told once.
final class FakeSDK: Sendable {
    static let password = "correct horse"
    static let passcode = "123456"
    static let number = "483920"

    /// How it behaves.
    enum Mode: Sendable {
        case up
        /// Every call is answered with 503.
        case down
        /// Every call is answered with 401, as for an account whose secret was changed.
        case refusing
    }

    struct SignIn: Sendable {
        let user: String
        var factor: String?
        var state = "pending"
        var reason: String?
        var answers = 0
        var ticket: String?
    }

    struct State: Sendable {
        var mode = Mode.up
        var factors = [FactorResponse]()
        var offered = ["push", "passcode"]
        /// The next choice of push meets a prompt that waits already.
        var isPromptPending = false
        var signIns: [String: SignIn] = [:]
        /// Tickets that open something, and whose they are.
        var tickets: [String: String] = [:]
        var calls: [String] = []
        var waiters: [CheckedContinuation<Void, Never>] = []
        var addresses: [String?] = []
        /// What a new set of recovery codes is refused with.
        var recoveryRefusal: ErrorCode?
        /// Sets of recovery codes so far.
        var recoverySets = 0
    }

    let state = Mutex(State())

    /// `METHOD /path` of every call so far; ids are left out.
    var calls: [String] { state.withLock { $0.calls } }

    /// Sets of recovery codes so far.
    var recoverySets: Int { state.withLock { $0.recoverySets } }

    /// The codes of the set that is made as the `number`th.
    static func recoveryCodes(_ number: Int) -> [String] {
        (0..<10).map { "4820\(number)-93711-60284-1193\($0)" }
    }

    /// How many calls are held back until a decision.
    var waiting: Int { state.withLock { $0.waiters.count } }

    /// Every ticket there ever was.
    var tickets: [String] { state.withLock { $0.signIns.values.compactMap(\.ticket) + $0.tickets.keys } }

    func set(_ change: (inout sending State) -> Void) {
        state.withLock { change(&$0) }
    }

    /// The phone's answer to the only pending prompt.
    func decide(_ decision: String, reason: String? = nil) {
        let waiters = state.withLock { state in
            for (id, signIn) in state.signIns where signIn.state == "pending" && signIn.factor == "push" {
                state.signIns[id]?.state = decision
                state.signIns[id]?.reason = reason
            }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Ends what every ticket opens, as a disabled user's or a changed factor's.
    func endTickets() {
        set { $0.tickets = [:] }
    }

    /// Runs it while `body` runs.
    func serve<Value: Sendable>(_ body: @escaping @Sendable (_ url: String) async throws -> Value) async throws -> Value
    {
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in announce.yield(channel.localAddress?.port ?? 0) },
            logger: Logger(label: "fake") { _ in SwiftLogNoOpLogHandler() })
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await application.run()
                return nil
            }
            group.addTask {
                guard let port = await ports.first(where: { _ in true }) else { throw CancellationError() }
                return try await body("http://127.0.0.1:\(port)\(Paths.api)")
            }
            defer {
                decide("cancelled")
                group.cancelAll()
            }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }
}
