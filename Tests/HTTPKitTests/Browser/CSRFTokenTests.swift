// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import Primitives
import Testing

// R76: a token bound to the session.
@Suite struct CSRFTokenTests {
    private func accepts(_ token: CSRFToken, _ presented: String?) -> Bool {
        do throws(Problem) {
            try token.verify(presented)
            return true
        } catch {
            #expect(error.code.rawValue == "forbidden")
            return false
        }
    }

    @Test func `accepts its own text, also after the session was stored`() {
        let token = CSRFToken()
        #expect(accepts(token, token.text))
        #expect(accepts(CSRFToken(stored: SecretBytes(utf8: token.text)), token.text))
    }

    @Test func `refuses every other text`() {
        let token = CSRFToken()
        #expect(!accepts(token, nil))
        #expect(!accepts(token, ""))
        #expect(!accepts(token, String(token.text.dropLast())))
        #expect(!accepts(token, token.text + "A"))
        #expect(!accepts(token, CSRFToken().text))
    }

    @Test func `a session without a token accepts nothing`() {
        #expect(!accepts(CSRFToken(stored: SecretBytes([])), ""))
        #expect(!accepts(CSRFToken(stored: SecretBytes([])), nil))
    }

    @Test func `has 256 bits and does not show them`() {
        let token = CSRFToken()
        #expect(Base64URL.decode(token.text)?.count == 32)
        #expect(!"\(token)".contains(token.text))
    }
}
