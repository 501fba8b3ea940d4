// SPDX-License-Identifier: Apache-2.0
import Crypto
import TestKit

/// A history and its evidence, made by hand: one person with a token `f` and a phone `d`.
struct HandMadeHistory {
    static let start = ContinuousClock.now
    static let person = "0a"
    private(set) var operations: [History.Operation] = []
    var evidence = Evidence()
    var bound = Invariants.GuessBound()
    private let key = P256.Signing.PrivateKey()

    init() {
        evidence.factors = [
            Evidence.Factor(id: "f", user: Self.person, kind: "hotp"),
            Evidence.Factor(
                id: "d", user: Self.person, kind: "device", publicKey: Array(key.publicKey.derRepresentation)),
        ]
    }

    /// What all checkers together say, by invariant.
    var violated: Set<String> {
        Set(Invariants(History(operations), evidence, bound: bound).violations.map(\.invariant))
    }

    /// A request from one second to the next.
    mutating func did(
        _ act: History.Act, _ outcome: History.Outcome, key: String? = nil, at second: Int? = nil
    ) {
        let second = second ?? operations.count
        operations.append(
            History.Operation(
                operations.count, act, of: Self.person, key: key, invoked: Self.start + .seconds(second),
                ended: Self.start + .seconds(second) + .milliseconds(500), outcome: outcome))
    }

    /// A passcode; `nil` is a wrong one.
    mutating func typed(_ number: UInt64?, _ outcome: History.Outcome, key: String? = nil) {
        did(.passcode(factor: "f", number: number), outcome, key: key)
    }

    /// A row of the audit.
    mutating func wrote(
        _ event: String, factor: String? = nil, signIn: String? = nil, enabled: Bool? = nil, at seconds: Int = 0,
        id: Int? = nil
    ) {
        evidence.audit.append(
            Evidence.AuditRow(
                id ?? evidence.audit.count + 1, event, user: Self.person, factor: factor, signIn: signIn,
                enabled: enabled, at: seconds * 1_000_000))
    }

    /// What is kept of the token.
    mutating func keeps(failures: Int = 0, lastStep: Int? = nil) {
        evidence.factors[0].failures = failures
        evidence.factors[0].lastStep = lastStep
    }

    /// A sign-in as it is kept.
    mutating func holds(_ id: String, _ state: String, late: Int = -60) {
        var signIn = Evidence.SignIn(id: id, user: Self.person, state: state)
        signIn.secondsLate = late
        evidence.signIns.append(signIn)
    }

    /// A prompt that the phone approved as it should, up to the changes of `bend`.
    mutating func approvedByPhone(
        _ id: String, _ bend: (inout Evidence.SignIn, _ sign: (String) -> [UInt8]) -> Void = { _, _ in }
    ) {
        did(.prompt, .told("pending", signIn: id))
        did(.answer(signIn: id, approves: true), .told("approved", signIn: id))
        wrote("push.started", signIn: id)
        wrote("push.approved", factor: "d", signIn: id)
        var signIn = Evidence.SignIn(id: id, user: Self.person, state: "approved")
        signIn.factorKind = "device"
        signIn.factor = "d"
        signIn.number = "123456"
        signIn.message = Array(Self.message(id).utf8)
        signIn.signature = sign(Self.message(id))
        signIn.signingKey = Array(key.publicKey.derRepresentation)
        bend(&signIn, sign)
        evidence.signIns.append(signIn)
    }

    static func message(_ id: String, decision: String = "approve", number: String = "123456") -> String {
        ["countersign-answer-v1", id, "nonce", person, "vpn", "", "2026-01-01T00:00:00Z", decision, number]
            .joined(separator: "\n")
    }

    private func sign(_ message: String) -> [UInt8] {
        (try? key.signature(for: Array(message.utf8))).map { Array($0.rawRepresentation) } ?? []
    }
}
