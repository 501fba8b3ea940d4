// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import OneTimePassword
package import Primitives

/// A person of a scenario.
package struct Person: Sendable {
    package let name: String
    package let id: String

    package init(name: String, id: String) {
        self.name = name
        self.id = id
    }
}

/// A token or app for one-time passcodes, in its owner's hand.
package struct Token: Sendable {
    package let person: Person
    package let factorID: String
    package let secret: SecretBytes
    package var digits = 6

    package init(person: Person, factorID: String, secret: SecretBytes) {
        self.person = person
        self.factorID = factorID
        self.secret = secret
    }

    /// The passcode of a time step of 30 s.
    package func passcode(step: UInt64) -> String {
        TOTP.passcode(
            secret: secret, at: Instant(seconds: Int64(step) * 30), period: 30, digits: digits, algorithm: .sha1
        ).text
    }

    /// The passcode of a counter.
    package func passcode(counter: UInt64) -> String {
        HOTP.passcode(secret: secret, counter: counter, digits: digits, algorithm: .sha1).text
    }

    /// Digits that are no passcode within an hour or a hundred counters of now.
    package func wrongPasscode(near step: UInt64) -> String {
        let right = Set((0..<120).flatMap { [passcode(counter: $0), passcode(step: step + $0 - 60)] })
        return (0..<1_000).lazy.map { String(format: "%06d", $0 * 997 % 1_000_000) }.first { !right.contains($0) }
            ?? "000000"
    }
}

extension World {
    /// The time of day of this world.
    package var now: Instant {
        Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
            + .seconds(clock?.secondsAhead ?? 0)
    }

    /// The time step of 30 s that this world is in.
    package var step: UInt64 { UInt64(now.seconds / 30) }

    /// A new person with a name of their own, such as `alice-1f00a2b3`.
    package func createUser(
        _ name: String, _ fields: [String: JSON] = [:], copy: Int = 0
    ) async throws -> Person {
        let name = "\(name)-\(Hex.encode(SystemRandomSource().bytes(4)))"
        let body = fields.merging(["username": .string(name)]) { $1 }
        let user = try await expect(201, "POST", "/users", .object(body), copy: copy)
        guard let id = user["id"]?.text else { throw TestKitError("POST /users gave no id.") }
        return Person(name: name, id: id)
    }

    /// A person with a token, ready to be used.
    package func createUserWithToken(
        _ name: String, _ kind: String = "totp", copy: Int = 0
    ) async throws -> Token {
        try await importToken(kind, for: try await createUser(name, copy: copy), copy: copy)
    }

    /// Registers a token that has a secret already; it is active at once, and none of its passcodes is spent.
    package func importToken(_ kind: String, for person: Person, copy: Int = 0) async throws -> Token {
        let secret = SystemRandomSource().bytes(20)
        let factor = try await expect(
            201, "POST", "/users/\(person.name)/factors",
            ["kind": .string(kind), "name": "token", "secretBase32": .string(Base32.encode(secret))],
            copy: copy)
        guard let id = factor["id"]?.text else { throw TestKitError("POST factors gave no id.") }
        return Token(person: person, factorID: id, secret: SecretBytes(secret))
    }

    /// Enrols an authenticator app or a counter token, unconfirmed yet.
    package func enrol(_ kind: String, for person: Person) async throws -> Token {
        let factor = try await expect(
            201, "POST", "/users/\(person.name)/factors", ["kind": .string(kind), "name": "app"])
        guard let id = factor["id"]?.text, let text = factor["secretBase32"]?.text,
            let secret = Base32.decode(text)
        else { throw TestKitError("POST factors gave no secret: \(factor)") }
        return Token(person: person, factorID: id, secret: SecretBytes(secret))
    }

    /// Confirms a factor with a passcode, which that spends; whether it was the right one.
    package func confirm(_ token: Token, _ passcode: String) async throws -> Bool {
        let answer = try await expect(
            200, "POST", "/users/\(token.person.name)/factors/\(token.factorID)/confirmation",
            ["passcode": .string(passcode)])
        return answer["accepted"]?.boolean == true
    }

    /// An integrator asks whether a passcode is right.
    package func check(
        _ passcode: String, of user: String, as account: String = "integrator", copy: Int = 0, key: String? = nil
    ) async throws -> Reply {
        try await call(
            "POST", "/sign-ins", ["user": .string(user), "factor": "passcode", "passcode": .string(passcode)],
            as: account, copy: copy, key: key)
    }

    /// The state that a check of a passcode ended in, such as `approved`.
    package func state(of passcode: String, by person: Person, copy: Int = 0) async throws -> String {
        let reply = try await check(passcode, of: person.name, copy: copy)
        guard reply.status == 200, let state = reply["state"]?.text else {
            throw TestKitError("A check was answered with \(reply.status): \(reply.text)")
        }
        return state
    }

    /// An integrator starts a push sign-in.
    package func startPush(
        for person: Person, as account: String = "integrator", copy: Int = 0, key: String? = nil,
        fields: [String: JSON] = [:]
    ) async throws -> Reply {
        let body: [String: JSON] = ["user": .string(person.name), "factor": "push", "clientAddress": "203.0.113.7"]
        return try await call(
            "POST", "/sign-ins", .object(body.merging(fields) { $1 }), as: account, copy: copy, key: key)
    }

    /// A sign-in as its account sees it.
    package func signIn(
        _ id: String, waitSeconds: Int = 0, as account: String = "integrator", copy: Int = 0
    ) async throws -> Reply {
        try await call("GET", "/sign-ins/\(id)?waitSeconds=\(waitSeconds)", as: account, copy: copy)
    }

    /// What an activation for a phone of this person holds.
    package func createActivation(for person: Person, copy: Int = 0) async throws -> JSON {
        try await expect(201, "POST", "/users/\(person.name)/activations", copy: copy)
    }

    /// Failures in a row that stand against a factor.
    package func failures(of token: Token) async throws -> Int {
        try await number("select failures from core.factor where id = '\(token.factorID)'")
    }

    /// How many audit rows of this person there are, of one event or of any.
    package func auditRows(of person: Person, event: String? = nil) async throws -> Int {
        let which = event.map { "and event = '\($0)'" } ?? ""
        return try await number(
            "select count(*) from core.audit_event where user_id = '\(person.id)' \(which)")
    }
}
