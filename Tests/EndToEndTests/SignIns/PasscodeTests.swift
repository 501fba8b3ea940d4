// SPDX-License-Identifier: Apache-2.0
import Foundation
import Primitives
import Testing
import TestKit

extension EndToEnd.Standing {
    /// Passcodes over HTTP: what is spent, what is not a passcode, whose time counts.
    @Suite struct Passcodes {
        let world: World

        init() throws { world = try World.current }

        // R4
        @Test func `after a step was spent no earlier one is accepted`() async throws {
            let token = try await world.createUserWithToken("alice")
            let step = world.step
            #expect(try await world.state(of: token.passcode(step: step + 1), by: token.person) == "approved")
            for spent in [step, step + 1, step - 1] {
                #expect(try await world.state(of: token.passcode(step: spent), by: token.person) == "denied")
            }
        }

        // R5
        @Test func `no other spelling of a spent passcode is a passcode`() async throws {
            let token = try await world.createUserWithToken("alice")
            let code = token.passcode(step: world.step)
            #expect(try await world.state(of: code, by: token.person) == "approved")
            let (head, rest) = (code.prefix(3), code.suffix(3))
            let wide = String(code.unicodeScalars.compactMap { UnicodeScalar($0.value + 0xFEE0) }.map(Character.init))
            let arabic = String(code.unicodeScalars.compactMap { UnicodeScalar($0.value + 0x630) }.map(Character.init))
            let spellings = [
                code, " \(code)", "\(code) ", "\(code)\n", "\(code)\u{0}", "\(head) \(rest)", "\(head)-\(rest)",
                "+\(code)", wide, arabic, "0\(code)",
            ]
            for spelling in spellings {
                #expect(try await world.state(of: spelling, by: token.person) == "denied")
            }
        }

        // R6
        @Test func `a step beyond the window is wrong on either side`() async throws {
            for distance in [-3, 3] as [Int64] {
                let token = try await world.createUserWithToken("alice")
                let step = UInt64(Int64(world.step) + distance)
                #expect(try await world.state(of: token.passcode(step: step), by: token.person) == "denied")
            }
        }

        // R7
        @Test func `resynchronisation takes two consecutive later passcodes and no earlier ones`() async throws {
            let token = try await world.createUserWithToken("bob", "hotp")
            let person = token.person
            #expect(try await world.state(of: token.passcode(counter: 4), by: person) == "approved")
            #expect(try await world.state(of: token.passcode(counter: 25), by: person) == "denied")
            #expect(try await world.state(of: token.passcode(counter: 26), by: person) == "approved")
            for counter in [25, 26, 4, 3] as [UInt64] {
                #expect(try await world.state(of: token.passcode(counter: counter), by: person) == "denied")
            }
            #expect(try await world.state(of: token.passcode(counter: 27), by: person) == "approved")
            // TOTP: steps of the past never bring a token back.
            let app = try await world.createUserWithToken("alice")
            let step = world.step
            for past in [step - 20, step - 19] {
                #expect(try await world.state(of: app.passcode(step: past), by: app.person) == "denied")
            }
            #expect(try await world.state(of: app.passcode(step: world.step), by: app.person) == "approved")
        }

        // R8
        @Test func `a counter token looks ten ahead and never back`() async throws {
            let token = try await world.createUserWithToken("bob", "hotp")
            let person = token.person
            #expect(try await world.state(of: token.passcode(counter: 11), by: person) == "denied")
            #expect(try await world.state(of: token.passcode(counter: 10), by: person) == "approved")
            for counter in 0...10 as ClosedRange<UInt64> {
                #expect(try await world.state(of: token.passcode(counter: counter), by: person) == "denied")
            }
        }

        // R9
        @Test func `no time that a caller names counts`() async throws {
            let token = try await world.createUserWithToken("alice")
            let yesterday = Date(timeIntervalSince1970: Double(world.now.seconds - 86_400))
            let old = token.passcode(step: world.step - 2_880)
            for field in ["timestamp", "clientTime", "time"] {
                let reply = try await world.call(
                    "POST", "/sign-ins",
                    [
                        "user": .string(token.person.name), "factor": "passcode", "passcode": .string(old),
                        field: .string(yesterday.formatted(.iso8601)),
                    ], as: "integrator")
                #expect(reply.status == 400 && reply.code == "invalid_request")
            }
            #expect(try await world.failures(of: token) == 0)
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.timeZone = TimeZone(identifier: "GMT")
            formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
            let reply = try await world.call(
                "POST", "/sign-ins",
                ["user": .string(token.person.name), "factor": "passcode", "passcode": .string(old)], as: "integrator",
                headers: [("Date", formatter.string(from: yesterday))])
            #expect(reply["state"]?.text == "denied")
        }

        // R11
        @Test func `what cannot be a passcode is denied and counted once`() async throws {
            let token = try await world.createUserWithToken("alice")
            let malformed = [
                "", "12345", "1234567", "12345a", "' OR 1=1--", "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}", "９９９９９９",
            ]
            for (count, passcode) in malformed.enumerated() {
                #expect(try await world.state(of: passcode, by: token.person) == "denied")
                #expect(try await world.failures(of: token) == count + 1, "“\(passcode)”")
            }
            // A request that is none is not counted.
            for passcode in [123_456, .null, ["755224"], ["a": "b"], true] as [JSON] {
                let reply = try await world.call(
                    "POST", "/sign-ins",
                    ["user": .string(token.person.name), "factor": "passcode", "passcode": passcode], as: "integrator")
                let isStart = passcode == .null && reply["state"]?.text == "pending"
                #expect(reply.status == 400 || isStart, "\(passcode): \(reply.text)")
            }
            let huge = try await world.check(String(repeating: "7", count: 1 << 20), of: token.person.name)
            #expect(huge.status == 413 && huge.code == "too_large")
            #expect(try await world.failures(of: token) == malformed.count)
            #expect(try await world.state(of: token.passcode(step: world.step), by: token.person) == "approved")
        }

        // R13
        @Test func `a factor proves nothing before its first passcode, which is spent by it`() async throws {
            let person = try await world.createUser("alice")
            let app = try await world.enrol("totp", for: person)
            let step = world.step
            #expect(try await world.state(of: app.passcode(step: step), by: person) == "denied")
            #expect(try await world.confirm(app, app.wrongPasscode(near: step)) == false)
            #expect(try await world.confirm(app, app.passcode(step: step)))
            #expect(try await world.state(of: app.passcode(step: step), by: person) == "denied")
            #expect(try await world.state(of: app.passcode(step: step + 1), by: person) == "approved")
        }

        // R13: 100 through every program; 10 000 are drawn in PrimitivesTests.
        @Test func `secrets are long, new each time and shown once`() async throws {
            var seen: Set<[UInt8]> = []
            var last: [Token] = []
            for _ in 0..<10 {
                let person = try await world.createUser("alice")
                last = try await inParallel(10) { _ in try await world.enrol("totp", for: person) }
                for app in last {
                    let secret = app.secret.withBytes { $0 }
                    #expect(secret.count >= 20)
                    seen.insert(secret)
                }
            }
            #expect(seen.count == 100)
            let token = last[0]
            #expect(try await world.confirm(token, token.passcode(step: world.step - 1)))
            #expect(try await world.state(of: token.passcode(step: world.step), by: token.person) == "approved")
            let secret = token.secret.withBytes { $0 }
            let forms = [Hex.encode(secret), Base32.encode(secret), Data(secret).base64EncodedString()]
            let told = try await everythingTold(about: token)
            #expect(told.contains(token.factorID.uppercased()))
            for form in forms + [Base64URL.encode(secret)] { #expect(!told.contains(form.uppercased())) }
            // R81, R83: it stands nowhere in the database, and in no log either.
            #expect(try await world.tables(holding: forms).isEmpty)
        }

        /// What every read of every program says about the token and its person, logs included, in capital letters.
        private func everythingTold(about token: Token) async throws -> String {
            let (name, factor) = (token.person.name, token.factorID)
            var told = ""
            for path in [
                "/users/\(name)", "/users/\(token.person.id)", "/users/\(name)/factors", "/users?search=\(name)",
                "/users?limit=200", "/users/\(name)/factors/\(factor)", "/users/\(name)/activations/\(factor)",
            ] {
                told += try await world.call("GET", path).text
            }
            for command in [["user", "show", name], ["factor", "list", name], ["audit", "list"], ["user", "list"]] {
                for form in [[], ["--json"]] { told += try await world.tryCore(command + form).output }
            }
            try await world.setPassword(of: token.person)
            let browser = try await world.newBrowser()
            let choice = try await world.enterPassword(of: token.person, into: browser)
            let page = try await browser.submit(choice, to: "/sign-in/factor", ["factor": "passcode"])
            let factors = try await browser.submit(
                page, to: "/sign-in/passcode", ["passcode": token.passcode(step: world.step + 1)])
            #expect(factors.path == "/factors")
            told += choice.html + page.html + factors.html
            for copy in world.allCopies { told += copy.log.lines().joined() }
            return told.uppercased()
        }

        // R30
        @Test func `a passcode of one person serves no other`() async throws {
            let alice = try await world.createUserWithToken("alice")
            let bob = try await world.createUserWithToken("bob")
            let code = alice.passcode(step: world.step)
            #expect(try await world.state(of: code, by: bob.person) == "denied")
            #expect(try await world.state(of: code, by: alice.person) == "approved")
        }

        @Test func `a sign-in that asked for a passcode takes three answers`() async throws {
            let token = try await world.createUserWithToken("alice")
            let start = try await world.call(
                "POST", "/sign-ins", ["user": .string(token.person.name), "factor": "passcode"], as: "integrator")
            #expect(start["state"]?.text == "pending" && start["nextStep"]?.text == "passcode")
            let answers = "/sign-ins/\(start["id"]?.text ?? "")/answers"
            let wrong: JSON = ["passcode": .string(token.wrongPasscode(near: world.step))]
            #expect(try await world.call("POST", answers, wrong, as: "integrator")["state"]?.text == "pending")
            #expect(try await world.call("POST", answers, wrong, as: "integrator")["state"]?.text == "pending")
            #expect(try await world.call("POST", answers, wrong, as: "integrator")["state"]?.text == "denied")
            let late = try await world.call(
                "POST", answers, ["passcode": .string(token.passcode(step: world.step))], as: "integrator")
            #expect(late.status == 409 && late.code == "already_decided")
        }
    }
}
