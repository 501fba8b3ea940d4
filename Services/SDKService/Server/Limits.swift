// SPDX-License-Identifier: Apache-2.0

/// The bounds of sdk-service, each with its reason.
enum Limits {
    /// How long mfa-core may take over one call; its own limits are shorter, this one ends a hang.
    static let coreDeadline: Duration = .seconds(10)
    /// A revoked account may go on for this long at most.
    static let accountAgeMax: Duration = .seconds(2)
    /// Reading accounts stands before every answer, so it fails early.
    static let accountDeadline: Duration = .seconds(2)
    /// Wrong credentials per account and address in ``failureWindow`` before 429.
    static let failuresMax = 20
    static let failureWindow: Duration = .seconds(60)
    /// Refused credentials are summed for this long before they are written.
    static let tallyInterval: Duration = .seconds(10)
    /// Kinds of refused credentials summed apart; a flood of invented names is summed as one beyond it.
    static let tallyKeysMax = 1000
    /// Characters kept of a name that nobody has.
    static let auditNameMax = 64
    /// How often the log names an account or an address whose requests are turned away.
    static let shedLogInterval: Duration = .seconds(60)
    /// Accounts and addresses that it names apart within that time; further ones are summed as one.
    static let shedOriginsMax = 100
    /// Bytes of an `Authorization` header worth reading: a name, a secret and their encoding.
    static let authorizationBytesMax = 1024
    /// Callers held at once by one copy; further ones are answered with what is known.
    static let waitersMax = 20_000
    /// How long a call waits for its turn at most; a client that asks again later finds a shorter queue.
    static let turnMax: Duration = .seconds(2)
    /// How often late turns are looked for. Nothing is late unless mfa-core hangs.
    static let turnstileInterval: Duration = .milliseconds(500)
    /// Decisions remembered for callers that are just about to wait.
    static let recentDecisionsMax = 4096
    /// Bundles on their way without an answer so far: one that mfa-core decides, and the next one behind it.
    static let bundlesMax = 2
    /// Calls that wait for a bundle; further ones go by themselves.
    static let bundledMax = 4096
    /// How often calls are looked for whose callers have waited long enough.
    static let lateCallsInterval: Duration = .seconds(1)
}
