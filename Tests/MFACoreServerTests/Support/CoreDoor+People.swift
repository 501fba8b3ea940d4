// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPTypes
import HummingbirdTesting
import MFAAPI
import TestKit
import Testing

/// RFC 4226, appendix D: a secret and its first passcodes, six digits each.
enum RFC4226 {
    static let secretHex = "3132333435363738393031323334353637383930"
    static let passcodes = [
        "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
    ]
    /// None of the first hundred passcodes.
    static let wrongPasscode = "000000"
}

extension CoreDoor {
    /// Makes a person and gives back the id.
    @discardableResult
    func addUser(_ name: String = "alice", _ more: [String: JSON] = [:]) async throws -> String {
        let body = JSON.object(more.merging(["username": .string(name)]) { $1 })
        let answer = try await send(.createUser, body)
        try #require(answer.status == .created, "\(answer.text)")
        return try #require(answer["id"])
    }

    /// Gives a person the token of ``RFC4226``, and gives back the factor's id.
    @discardableResult
    func addToken(of user: String = "alice") async throws -> String {
        let answer = try await send(
            .createFactor, ["kind": "hotp", "secretHex": .string(RFC4226.secretHex)], user: user)
        try #require(answer.status == .created, "\(answer.text)")
        return try #require(answer["id"])
    }

    /// Signs in by a passcode.
    func check(_ user: String, _ passcode: String, as account: Account = .vpn) async throws -> TestResponse {
        try await send(
            .startSignIn, ["user": .string(user), "factor": "passcode", "passcode": .string(passcode)], as: account)
    }

    /// Begins a sign-in that waits, and gives back its id.
    func begin(_ user: String = "alice", _ factor: String = "passcode", as account: Account = .vpn) async throws
        -> String
    {
        let answer = try await send(.startSignIn, ["user": .string(user), "factor": .string(factor)], as: account)
        try #require(answer["state"] == "pending", "\(answer.text)")
        return try #require(answer["id"])
    }

    /// Sets a local password.
    func setPassword(_ password: String, of user: String = "alice") async throws {
        let answer = try await send(.setPassword, ["password": .string(password)], user: user)
        try #require(answer.status == .ok, "\(answer.text)")
    }

    /// Walks through the portal's sign-in with password and the token's passcode of `counter`; gives back the ticket.
    func ticket(of user: String = "alice", _ password: String, counter: Int, as account: Account = .portal)
        async throws -> String
    {
        let started = try await send(
            .startPortalSignIn, ["user": .string(user), "password": .string(password)], as: account)
        let id = try #require(started["id"], "\(started.text)")
        _ = try await send(.choosePortalFactor, ["factor": "passcode"], id: id, as: account)
        let answer = try await send(
            .answerSignIn, ["passcode": .string(RFC4226.passcodes[counter])], id: id, as: account)
        return try #require(answer["ticket"], "\(answer.text)")
    }
}
