// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// What callers did and what they were told, each with the moment it began and the moment it ended: what the invariants
/// I1–I12 are checked against (``Invariants``).
package final class History: Sendable {
    package typealias Moment = ContinuousClock.Instant

    /// What somebody asked for.
    package enum Act: Sendable, Hashable {
        /// A passcode of a factor; `number` is its time step or counter, nil for digits that are none of its passcodes.
        case passcode(factor: String, number: UInt64?)
        /// A prompt on the person's phone.
        case prompt
        /// What became of a sign-in.
        case look(signIn: String)
        /// The phone's answer to a prompt, signed with its own key; `approves` with the number that was shown.
        case answer(signIn: String, approves: Bool)
        /// The phone becomes a device by this activation.
        case activation(String)
        /// An act that has an audit row of this name, such as `user.created`.
        case administration(String)
    }

    /// What came of it, as its caller knows.
    package enum Outcome: Sendable, Hashable {
        /// The state of a sign-in.
        case told(String, signIn: String)
        /// It was done.
        case done
        /// It was refused for good, and nothing was done.
        case refused(Int)
        /// No answer, or one that promises nothing (503): it may have been done.
        case unknown
    }

    /// One request and its answer.
    package struct Operation: Sendable {
        package let number: Int
        package let act: Act
        /// The person's id.
        package let person: String
        /// Requests with the same key are one attempt (R72).
        package let key: String?
        package let invoked: Moment
        /// Nil while the answer is still to come.
        package var ended: Moment?
        package var outcome: Outcome?

        package init(
            _ number: Int, _ act: Act, of person: String, key: String? = nil, invoked: Moment, ended: Moment? = nil,
            outcome: Outcome? = nil
        ) {
            self.number = number
            self.act = act
            self.person = person
            self.key = key
            self.invoked = invoked
            self.ended = ended
            self.outcome = outcome
        }

        /// Requests of one attempt have the same.
        package var attempt: String { key ?? "#\(number)" }

        /// The state its caller was told.
        package var state: String? {
            if case .told(let state, _) = outcome { state } else { nil }
        }

        /// The sign-in its caller was told of.
        package var signIn: String? {
            if case .told(_, let signIn) = outcome { signIn } else { nil }
        }

        /// Whether it may have had an effect.
        package var mayHaveWorked: Bool {
            if case .refused = outcome { false } else { true }
        }
    }

    private let state = Mutex<[Operation]>([])

    package init() {}

    /// A history by hand.
    package init(_ operations: [Operation]) {
        state.withLock { $0 = operations }
    }

    /// Everything so far, in the order in which it began.
    package var operations: [Operation] { state.withLock { $0 } }

    /// How many answers there were that promise something.
    package var answered: Int {
        state.withLock { operations in operations.count { $0.outcome != nil && $0.outcome != .unknown } }
    }

    /// Keeps what is known only now, such as the making of a person who had no id before.
    package func note(_ act: Act, of person: String, _ outcome: Outcome) {
        state.withLock { operations in
            operations.append(
                Operation(operations.count, act, of: person, invoked: .now, ended: .now, outcome: outcome))
        }
    }

    /// Runs one request and keeps what came of it.
    @discardableResult
    package func record(
        _ act: Act, of person: String, key: String? = nil, _ work: () async throws -> Outcome
    ) async throws -> Outcome {
        let number = state.withLock { operations in
            operations.append(Operation(operations.count, act, of: person, key: key, invoked: .now))
            return operations.count - 1
        }
        do {
            let outcome = try await work()
            state.withLock { ($0[number].ended, $0[number].outcome) = (.now, outcome) }
            return outcome
        } catch {
            state.withLock { ($0[number].ended, $0[number].outcome) = (.now, .unknown) }
            throw error
        }
    }
}
