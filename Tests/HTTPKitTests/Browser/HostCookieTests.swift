// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import Hummingbird
import Testing

// R75: the session's cookie.
@Suite struct HostCookieTests {
    private let cookie = HostCookie("session")

    private func value(_ headers: String...) -> String? {
        var fields = HTTPFields()
        for header in headers { fields.append(HTTPField(name: .cookie, value: header)) }
        let head = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/", headerFields: fields)
        return cookie.value(in: Request(head: head, body: RequestBody(buffer: .init())))
    }

    @Test func `is set for this host, over TLS, out of reach of scripts`() {
        var response = Response(status: .ok)
        cookie.set("abc_-123", on: &response)
        #expect(
            response.headers[.setCookie]
                == "__Host-session=abc_-123; Path=/; Secure; HttpOnly; SameSite=Strict")
    }

    @Test func `is forgotten with the same attributes`() {
        var response = Response(status: .ok)
        cookie.clear(on: &response)
        #expect(
            response.headers[.setCookie]
                == "__Host-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict")
    }

    @Test func `is found among others`() {
        #expect(value("__Host-session=abc") == "abc")
        #expect(value("a=b; __Host-session=abc; c=d") == "abc")
        #expect(value("a=b", "__Host-session=abc") == "abc")
        #expect(value("__Host-session=a=b=") == "a=b=")
    }

    @Test(arguments: [
        "", "session=abc", "__host-session=abc", "__Host-session", "__Host-session=", "x__Host-session=abc",
        "__Host-session=a b", "__Host-session=\"abc\"", "__Host-session =abc", "__Host-session=abc\\",
        "__Host-session=abc; __Host-session=abd", "__Host-session=abc; __Host-session=",
    ])
    func `is not read where it is malformed or stands there twice`(header: String) {
        #expect(value(header) == nil)
    }

    @Test func `is not read from two headers that disagree`() {
        #expect(value("__Host-session=abc", "__Host-session=abd") == nil)
    }
}
