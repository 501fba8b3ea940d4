// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import Foundation
import MFAAPI
import Primitives
import SimulatedPhone
import Testing
import TestKit

/// Everything secret that a world has or makes, each kind once at least, and every path that carries it (R83).
struct SecretWalk {
    let world: World
    /// Secrets by what they are.
    private(set) var texts: [(String, String)] = []
    private(set) var bytes: [(String, [UInt8])] = []
    /// What callers were told in refusals.
    private(set) var refusals: [String] = []

    private let password = "c4n4ry päss & +\(Workshop.unique())"
    private let wrongPassword = "wrong c4n4ry=\(Workshop.unique())"

    init(_ world: World) {
        self.world = world
    }

    mutating func note(_ name: String, _ text: String?) {
        if let text { texts.append((name, text)) }
    }

    mutating func note(_ name: String, bytes secret: [UInt8]) { bytes.append((name, secret)) }

    /// What lies in files from the start.
    mutating func collectFiles() throws {
        for role in World.roles {
            note("database password of \(role)", try line("passwords/\(role).password"))
        }
        let master = try line("keys/master.key")
        note("master key", master)
        bytes.append(("master key", Array(Data(base64Encoded: master) ?? Data())))
        for account in ["portal", "mobile", "integrator", "administrator", "vpn"] {
            note("secret of account \(account)", try world.account(account).secret)
        }
        for service in Service.allCases {
            try noteKey(
                "private key of \(service.rawValue)", in: "\(world.folder)/certificates/\(service.rawValue)/key.pem")
        }
    }

    /// A private key on P-256, in PEM.
    mutating func noteKey(_ name: String, in file: String) throws {
        let pem = try String(contentsOfFile: file, encoding: .utf8)
        let lines = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }
        for line in lines where line.count >= 16 { note(name, String(line)) }
        let der = Array(Data(base64Encoded: lines.joined()) ?? Data())
        // From the middle on: the head of a key is the same in all of them.
        bytes.append((name, Array(der.dropFirst(36).prefix(32))))
    }

    private func line(_ path: String) throws -> String {
        try String(contentsOfFile: "\(world.folder)/\(path)", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// One call that may be refused, with what it was told.
    @discardableResult
    private mutating func call(
        _ method: String, _ path: String, _ body: JSON? = nil, as account: String? = "administrator",
        headers: [(String, String)] = []
    ) async throws -> Reply {
        let reply = try await world.call(method, path, body, as: account, headers: headers)
        if reply.status >= 400 { refusals.append(reply.text) }
        return reply
    }

    /// Every operation as it is meant, with secrets that are right and secrets that are wrong.
    mutating func drive() async throws {
        let seed = SystemRandomSource().bytes(20)
        bytes.append(("seed", seed))
        note("seed", Base32.encode(seed))
        let person = try await world.createUser("canary")
        let user = "/users/\(person.name)"
        note("password", password)
        note("wrong password", wrongPassword)
        try await call("PUT", "\(user)/password", ["password": .string(password)])
        let factor = try await call(
            "POST", "\(user)/factors",
            ["kind": "hotp", "name": "token", "digits": 8, "secretBase32": .string(Base32.encode(seed))])
        var token = Token(person: person, factorID: factor["id"]?.text ?? "", secret: SecretBytes(seed))
        token.digits = 8
        try await passcodes(of: token)
        try await recovery(of: person)
        try await enrolment(of: person)
        try await portal(token)
        try await phones(of: person)
        try await call("GET", user)
        try await call("GET", "/users?search=\(person.name)")
        try await call("PATCH", user, ["displayName": "Canary"])
        try await call("POST", "\(user)/block", ["reason": "test"])
        for act in ["unblock", "unlock"] { try await call("POST", "\(user)/\(act)") }
        try await malformed()
    }

    /// The same where nothing can be answered.
    mutating func driveOutage() async throws {
        let seed = "c4n4ry \(Workshop.unique())"
        note("secret during an outage", seed)
        note("passcode during an outage", "90317465")
        let guess = PhoneGuess()
        try await call("PUT", "/users/alice/password", ["password": .string(seed)])
        try await call("POST", "/users", ["username": "alice", "displayName": "Alice"])
        try await call(
            "POST", "/sign-ins", ["user": "alice", "factor": "passcode", "passcode": "90317465"], as: "integrator")
        try await call("POST", "/portal/sign-ins", ["user": "alice", "password": .string(seed)], as: "portal")
        try await call("POST", "/devices/activations", guess.request(.secret(seed), from: "192.0.2.1"), as: "mobile")
        let browser = try await world.newBrowser()
        refusals.append(try await browser.post("/sign-in", ["user": "alice", "password": seed]).text)
        #expect(refusals.suffix(6).contains { $0.contains("unavailable") })
    }

    private mutating func passcodes(of token: Token) async throws {
        for counter in 0..<4 as Range<UInt64> { note("passcode \(counter)", token.passcode(counter: counter)) }
        let wrong = "73519286"
        note("wrong passcode", wrong)
        for passcode in [token.passcode(counter: 0), token.passcode(counter: 0), wrong] {
            refusals.append(try await world.check(passcode, of: token.person.name, key: Workshop.unique()).text)
        }
        let started = try await call(
            "POST", "/sign-ins", ["user": .string(token.person.name), "factor": "passcode"], as: "integrator")
        let id = started["id"]?.text ?? ""
        for passcode in [wrong, token.passcode(counter: 1)] {
            try await call("POST", "/sign-ins/\(id)/answers", ["passcode": .string(passcode)], as: "integrator")
        }
        try await call(
            "POST", "/users/\(token.person.name)/factors/\(token.factorID)/resynchronisation",
            ["passcodes": [.string(wrong), .string(token.passcode(counter: 2))]])
    }

    /// A set of recovery codes: one that is used, one that is wrong, and all that lie in a drawer.
    private mutating func recovery(of person: Person) async throws {
        let made = try await call("POST", "/users/\(person.name)/factors", ["kind": "recovery"])
        let codes = made["recoveryCodes"]?.items.compactMap(\.text) ?? []
        let wrong = "73519-28640-19375-28461"
        #expect(codes.count == 10, "\(made.status)")
        for code in codes + [wrong] {
            for text in [code, code.replacing("-", with: "")] { note("recovery code", text) }
        }
        for code in codes.prefix(1) + [wrong] {
            refusals.append(try await world.check(code, of: person.name, key: Workshop.unique()).text)
        }
    }

    private mutating func enrolment(of person: Person) async throws {
        let enrolled = try await world.enrol("totp", for: person)
        bytes.append(("enrolled seed", enrolled.secret.withBytes { Array($0) }))
        note("enrolled seed", Base32.encode(enrolled.secret.withBytes { Array($0) }))
        _ = try await world.confirm(enrolled, "28461937")
        note("wrong confirmation", "28461937")
        _ = try await world.confirm(enrolled, enrolled.passcode(step: world.step))
    }

    /// Password, cookie and ticket, by the pages and by the API.
    private mutating func portal(_ token: Token) async throws {
        let browser = try await world.newBrowser()
        let start = try await browser.open("/")
        let refused = try await browser.submit(
            start, to: "/sign-in", ["user": token.person.name, "password": wrongPassword])
        refusals.append(refused.html)
        let choice = try await browser.submit(
            refused, to: "/sign-in", ["user": token.person.name, "password": password])
        note("cookie", browser.cookies["__Host-countersign"])
        let page = try await browser.submit(choice, to: "/sign-in/factor", ["factor": "passcode"])
        let wrong = try await browser.submit(page, to: "/sign-in/passcode", ["passcode": "64019375"])
        note("wrong passcode in the portal", "64019375")
        refusals.append(wrong.html)
        let factors = try await browser.submit(
            wrong, to: "/sign-in/passcode", ["passcode": token.passcode(counter: 3)])
        note("cookie", browser.cookies["__Host-countersign"])
        #expect(factors.path == "/factors", "\(factors.path) \(factors.status)")
        _ = try await browser.submit(factors, to: "/sign-out")

        let next = token.passcode(counter: 4)
        note("passcode 4", next)
        let started = try await call(
            "POST", "/portal/sign-ins", ["user": .string(token.person.name), "password": .string(password)],
            as: "portal")
        let id = started["id"]?.text ?? ""
        try await call("POST", "/portal/sign-ins/\(id)/factor", ["factor": "passcode"], as: "portal")
        let answer = try await call(
            "POST", "/sign-ins/\(id)/answers", ["passcode": .string(next)], as: "portal")
        let ticket = try #require(answer["ticket"]?.text, "\(answer.text)")
        note("ticket", ticket)
        let shown = [("Countersign-Ticket", ticket)]
        try await call("GET", "/users/me/factors", as: "portal", headers: shown)
        let activation = try await call("POST", "/users/me/activations", as: "portal", headers: shown)
        note("activation secret", activation["secret"]?.text)
        let renewed = activation["ticket"]?.text ?? ticket
        note("ticket", renewed)
        try await call("DELETE", "/portal/ticket", as: "portal", headers: [("Countersign-Ticket", renewed)])
        let invented = Base64URL.encode(SystemRandomSource().bytes(32))
        note("invented ticket", invented)
        try await call("GET", "/users/me/factors", as: "portal", headers: [("Countersign-Ticket", invented)])
    }

    private mutating func phones(of person: Person) async throws {
        let activation = try await world.createActivation(for: person)
        note("activation secret", activation["secret"]?.text)
        let code = try #require(activation["code"]?.text)
        for text in [code, code.replacing("-", with: ""), code.lowercased()] { note("activation code", text) }
        let wrong = PhoneGuess.code()
        for text in [wrong, wrong.replacing("-", with: "")] { note("wrong activation code", text) }
        let guessed = Base64URL.encode(SystemRandomSource().bytes(24))
        note("wrong activation secret", guessed)
        let guess = PhoneGuess()
        try await call(
            "POST", "/devices/activations", guess.request(.typed(user: person.name, code: wrong), from: "192.0.2.1"),
            as: "mobile")
        try await call(
            "POST", "/devices/activations", guess.request(.secret(guessed), from: "192.0.2.1"), as: "mobile")
        let phone = try await world.newPhone()
        try await phone.activate(user: person.name, code: code)
        note("private key of a phone", try await phone.state.key)
        let prompt = try await world.prompt(person)
        try await phone.setPushAddress("https://push.example.org/c4n4ry")
        _ = try await refusal {
            let challenge = try await world.challenge(prompt, on: phone)
            _ = try await phone.answer(challenge, .approve(number: prompt.number), tampering: Forgery.byAnotherKey())
        }
        _ = try await world.approve(prompt, on: phone)
        try await phone.remove()
    }

    /// Secrets where they do not belong: in bodies that are broken, in names, in headers.
    private mutating func malformed() async throws {
        let secret = "c4n4ry \(Workshop.unique())"
        note("secret in a broken request", secret)
        let keys = ["password", "passcode", "secretBase32", "secretHex", "secret", "code", "user", "body", "signature"]
        for operation in MFAAPI.Operation.allCases where operation.hasBody {
            let path = operation.path.replacing("{id}", with: "00000000-0000-4000-8000-000000000000")
                .replacing("{user}", with: "me")
            let account =
                operation.scopes.contains(.mobile) ? "mobile" : operation.scopes.contains(.portal) ? "portal" : nil
            let members = Dictionary(uniqueKeysWithValues: keys.map { ($0, JSON.string(secret)) })
            let headers = [("Countersign-Ticket", secret)]
            try await call(
                operation.method, path, .object(members), as: account ?? "administrator", headers: headers)
            // Cut short, so that only a part of it can be read.
            let url = try await world.copies(of: .sdk)[0].url()
            let reply = try await world.web.send(
                operation.method, "\(url)/api/v1\(path)",
                headers: [
                    ("Authorization", World.basic(try world.account(account ?? "administrator"))),
                    ("Content-Type", "application/json"),
                ], body: Array(JSON.object(members).bytes.dropLast(3)))
            refusals.append(reply.text)
        }
        for credentials in ["integrator:\(secret)", secret] {
            let basic = "Basic " + Data(credentials.utf8).base64EncodedString()
            try await call("GET", "/users", as: nil, headers: [("Authorization", basic)])
        }
        try await call("GET", "/users", as: nil, headers: [("Authorization", "Bearer \(secret)")])
        // A secret typed in place of a name.
        let swapped = try world.account("integrator").secret
        try await call(
            "GET", "/users", as: nil,
            headers: [("Authorization", World.basic(.init(name: swapped, secret: "integrator")))])
    }
}
