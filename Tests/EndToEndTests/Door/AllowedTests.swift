// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import MFAAPI
import Primitives
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Standing.Matrix {
    /// A request in which everything is right, and the answer that says that it was done.
    private struct Valid {
        /// Stands for `{user}` and `{id}` in the path.
        var user = ""
        var id = ""
        var ticket: String?
        var body: JSON?
        var status: Int
        /// A member of the answer; a status alone does not tell an approval from a denial.
        var told: [String: JSON] = [:]
    }

    // R69: what the matrix allows is done, for every account that may.
    @Test func `every account succeeds with everything that its scopes allow`() async throws {
        try await addNarrowAccounts()
        var cells = 0
        try await CertifiedAccount.with(world) { certified in
            for (account, scopes) in Self.accounts {
                for operation in Operation.allCases
                where !scopes.isDisjoint(with: Self.rights[operation.rawValue] ?? []) {
                    try await succeed(operation, account, certified)
                    cells += 1
                }
            }
        }
        #expect(cells == 2 * 4 + 18 + 2 * 22 + 14 + 6 + 1)
    }

    private func succeed(_ operation: Operation, _ account: String, _ certified: CertifiedAccount) async throws {
        let valid = try await request(of: operation, by: account, certified)
        let target = operation.path.replacing("{user}", with: valid.user).replacing("{id}", with: valid.id)
        let headers = valid.ticket.map { [("Countersign-Ticket", $0)] } ?? []
        let reply =
            account == CertifiedAccount.name
            ? try await certified.call(operation.method, target, valid.body, headers: headers)
            : try await world.call(operation.method, target, valid.body, as: account, headers: headers)
        #expect(reply.status == valid.status, "\(account) \(operation.rawValue): \(reply.text)")
        for (key, value) in valid.told {
            #expect(reply[key] == value, "\(account) \(operation.rawValue): \(reply.text)")
        }
    }

    /// One valid request of each operation, for a person that nobody else has.
    private func request(
        of operation: Operation, by account: String, _ certified: CertifiedAccount
    ) async throws -> Valid {
        let token = try await world.createUserWithToken("allowed", "hotp")
        let (person, first) = (token.person, token.passcode(counter: 0))
        switch operation {
        case .startSignIn:
            return Valid(
                body: ["user": .string(person.name), "factor": "passcode", "passcode": .string(first)], status: 200,
                told: ["state": "approved"])
        case .readSignIn:
            return Valid(
                id: try await pending(person, account, certified), status: 200, told: ["state": "pending"])
        case .answerSignIn:
            return Valid(
                id: try await pending(person, account, certified), body: ["passcode": .string(first)], status: 200,
                told: ["state": "approved"])
        case .cancelSignIn:
            return Valid(
                id: try await pending(person, account, certified), status: 200, told: ["state": "cancelled"])
        case .startPortalSignIn:
            try await world.setPassword(of: person)
            return Valid(
                body: ["user": .string(person.name), "password": .string(World.password)], status: 200,
                told: ["nextStep": "choose"])
        case .choosePortalFactor:
            return Valid(
                id: try await beginPortalSignIn(of: person), body: ["factor": "passcode"], status: 200,
                told: ["state": "pending"])
        case .endTicket:
            return Valid(ticket: try await ticket(of: token, first), status: 204)
        case .listAudit: return Valid(status: 200)
        case .activateDevice, .createNonce, .listChallenges, .answerChallenge, .setPushAddress, .removeDevice:
            return try await phoneRequest(of: operation)
        default:
            var valid = try await personRequest(of: operation, token)
            guard account == "portal" else {
                valid.user = person.name
                return valid
            }
            // Last of all, since a change of factors ends it.
            (valid.user, valid.ticket) = ("me", try await ticket(of: token, first))
            // The answer holds the next ticket.
            if operation == .deleteFactor { valid.status = 200 }
            return valid
        }
    }

    /// What is done to a person who has a token, as `manage-users` does it.
    private func personRequest(of operation: Operation, _ token: Token) async throws -> Valid {
        let person = token.person
        switch operation {
        case .createUser:
            let name = JSON.string("new-\(person.name)")
            return Valid(body: ["username": name], status: 201, told: ["username": name])
        case .listUsers: return Valid(status: 200)
        case .readUser: return Valid(status: 200, told: ["id": .string(person.id)])
        case .updateUser:
            return Valid(body: ["displayName": "Alice"], status: 200, told: ["displayName": "Alice"])
        case .deleteUser: return Valid(status: 204)
        case .setPassword:
            return Valid(body: ["password": .string(World.password)], status: 200, told: ["hasPassword": true])
        case .blockUser: return Valid(body: ["reason": "lost"], status: 200, told: ["blocked": true])
        case .unblockUser:
            _ = try await world.expect(200, "POST", "/users/\(person.name)/block", ["reason": "lost"])
            return Valid(status: 200, told: ["blocked": false])
        case .unlockUser: return Valid(status: 200, told: ["id": .string(person.id)])
        case .createBypass: return Valid(body: ["reason": "phone at home"], status: 201)
        case .deleteBypass: return Valid(status: 204)
        case .listFactors: return Valid(status: 200)
        case .createFactor: return Valid(body: ["kind": "totp"], status: 201, told: ["state": "unconfirmed"])
        case .confirmFactor:
            let app = try await world.enrol("hotp", for: person)
            return Valid(
                id: app.factorID, body: ["passcode": .string(app.passcode(counter: 0))], status: 200,
                told: ["accepted": true, "state": "active"])
        case .deleteFactor:
            return Valid(id: try await world.importToken("hotp", for: person).factorID, status: 204)
        case .resynchroniseFactor:
            let passcodes = [20, 21].map { JSON.string(token.passcode(counter: $0)) }
            return Valid(
                id: token.factorID, body: ["passcodes": .array(passcodes)], status: 200, told: ["accepted": true])
        case .createActivation: return Valid(status: 201)
        case .readActivation:
            let id = try #require(try await world.createActivation(for: person)["id"]?.text)
            return Valid(id: id, status: 200, told: ["state": "pending"])
        default: throw TestKitError("No valid request of \(operation.rawValue) is known.")
        }
    }

    /// What a phone has signed and mobileapp-service hands on.
    private func phoneRequest(of operation: Operation) async throws -> Valid {
        if operation == .createNonce { return Valid(status: 200) }
        if operation == .activateDevice {
            let person = try await world.createUser("allowed")
            let secret = try #require(try await world.createActivation(for: person)["secret"]?.text)
            return Valid(
                body: try PhoneGuess().request(.secret(secret), from: "203.0.113.7"), status: 201,
                told: ["userName": .string(person.name)])
        }
        let (person, phone) = try await world.createUserWithPhone("allowed")
        switch operation {
        case .listChallenges: return Valid(body: try await signed("GET", "/challenges", by: phone), status: 200)
        case .setPushAddress:
            let address: JSON = ["pushAddress": "https://push.example.org/1"]
            return Valid(body: try await signed("PUT", "/push-address", address, by: phone), status: 204)
        case .removeDevice: return Valid(body: try await signed("DELETE", "/device", by: phone), status: 204)
        default:
            let prompt = try await world.prompt(person)
            let seen = try await world.challenge(prompt, on: phone)
            let message = try #require(
                AnswerMessage(
                    challengeID: seen.id, challengeNonce: seen.nonce, userID: person.id, application: seen.application,
                    clientAddress: seen.clientAddress ?? "", createdAt: seen.createdAt, decision: .approve,
                    number: NumberEntry(parsing: prompt.number)))
            let answer: JSON = [
                "decision": "approve", "number": .string(prompt.number),
                "signature": .string(Base64URL.encode(try phone.sign(message.bytes))),
            ]
            return Valid(
                body: try await signed("POST", "/challenges/\(prompt.id)/answers", answer, by: phone), status: 200,
                told: ["state": "approved"])
        }
    }

    private func signed(
        _ method: String, _ path: String, _ body: JSON? = nil, by phone: SimulatedPhone
    ) async throws -> JSON {
        let device = try #require(await phone.identity?.deviceId)
        let (target, bytes, nonce) = ("/api/v1\(path)", body?.bytes ?? [], try await phone.freshNonce())
        let message = try #require(
            RequestMessage(method: method, target: target, body: bytes, deviceID: device, nonce: nonce))
        return [
            "deviceId": .string(device), "nonce": .string(nonce), "method": .string(method), "target": .string(target),
            "body": .string(Base64URL.encode(bytes)),
            "signature": .string(Base64URL.encode(try phone.sign(message.bytes))),
        ]
    }

    /// A sign-in of this account's that waits for a passcode.
    private func pending(
        _ person: Person, _ account: String, _ certified: CertifiedAccount
    ) async throws -> String {
        if account == "portal" { return try await beginPortalSignIn(of: person, choosing: "passcode") }
        let body: JSON = ["user": .string(person.name), "factor": "passcode"]
        let started =
            account == CertifiedAccount.name
            ? try await certified.call("POST", "/sign-ins", body).json
            : try await world.expect(200, "POST", "/sign-ins", body, as: account)
        return try #require(started["id"]?.text, "\(started)")
    }
}
