// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import Testing
import UserPortalServer

@Suite struct SessionSealTests {
    private let content = SessionContent.signedIn(SignedIn(name: "alice", ticket: "secret"))

    private func person(_ content: SessionContent?) -> SignedIn? {
        if case .signedIn(let person) = content { person } else { nil }
    }

    @Test func `opens under the same id and stage only`() throws {
        let (id, other) = (SessionID(), SessionID())
        let sealed = try SessionSeal.seal(content, under: id)
        #expect(person(SessionSeal.open(sealed, stage: "signed_in", under: id))?.ticket == "secret")
        #expect(SessionSeal.open(sealed, stage: "signed_in", under: other) == nil)
        #expect(SessionSeal.open(sealed, stage: "signing_in", under: id) == nil)
        #expect(SessionSeal.open(sealed, stage: "", under: id) == nil)
    }

    @Test func `a pending sign-in cannot be passed off as a finished one`() throws {
        let id = SessionID()
        let pending = SessionContent.signingIn(PendingSignIn(id: "1", name: "alice", factors: ["push"]))
        let sealed = try SessionSeal.seal(pending, under: id)
        #expect(person(SessionSeal.open(sealed, stage: "signed_in", under: id)) == nil)
    }

    @Test func `notices every changed bit`() throws {
        let id = SessionID()
        let sealed = try SessionSeal.seal(content, under: id)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(SessionSeal.open(changed, stage: "signed_in", under: id) == nil)
        }
        #expect(SessionSeal.open([], stage: "signed_in", under: id) == nil)
        #expect(SessionSeal.open(Array(sealed.dropLast()), stage: "signed_in", under: id) == nil)
    }

    @Test func `seals the same content differently each time`() throws {
        let id = SessionID()
        let sealed = try [SessionSeal.seal(content, under: id), SessionSeal.seal(content, under: id)]
        #expect(sealed[0] != sealed[1])
    }

    @Test func `an id shows itself in its cookie only`() throws {
        let id = SessionID()
        let cookie = id.cookieValue
        #expect(!"\(id)".contains(cookie))
        #expect(id.formToken.text != cookie)
        #expect(try #require(SessionID(cookie: cookie)).hash == id.hash)
        #expect(try #require(SessionID(cookie: cookie)).formToken.text == id.formToken.text)
        #expect(SessionID().hash != id.hash && SessionID().formToken.text != id.formToken.text)
    }

    @Test(arguments: [nil, "", "AAAA", String(repeating: "A", count: 44), String(repeating: "=", count: 43)])
    func `an id is 256 bits or none`(cookie: String?) {
        #expect(SessionID(cookie: cookie) == nil)
    }
}
