// SPDX-License-Identifier: Apache-2.0
import Glibc
import Primitives
import Testing

struct IPAddressTests {
    /// RFC 5952 §4 and §5; mapped addresses are IPv4 here.
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
        ("2001:0DB8::0001", "2001:db8::1"), ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:c000:201", "192.0.2.1"), ("0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"),
    ])
    func `has one form for one address`(text: String, canonical: String) {
        #expect(IPAddress(parsing: text)?.description == canonical)
        #expect(IPAddress(parsing: text) == IPAddress(parsing: canonical))
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "+1.2.3.4", " 1.2.3.4", "1.2.3.4 ", "1.2.3.", "١.2.3.4",
        ":", ":::", ":1", "1:", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "1:2:3:4:5:6:7:8::", "12345::", "g::",
        "1.2.3.4::1", "::1.2.3", "::1.2.3.4:5", "fe80::1%eth0", "[::1]", "::+1", "1:2:3:4::5:6:7:8",
    ])
    func `refuses what is no address`(text: String) {
        #expect(IPAddress(parsing: text) == nil)
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::1", "::"),
    ])
    func `a subscriber is an IPv4 address or 64 bits of an IPv6 one`(text: String, subscriber: String) {
        #expect(IPAddress(parsing: text)?.subscriber.description == subscriber)
    }

    /// The same verdict as the C library, for texts near to addresses.
    @Test func `agrees with inet_pton`() {
        var random = SystemRandomNumberGenerator()
        let pieces = ["0", "1", "ffff", "db8", "255", "256", "01", ":", ":", "::", ".", ".", "192.0.2.1", "::ffff:"]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1...15, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }
            .joined()
            var bytes = [UInt8](repeating: 0, count: 16)
            let isAddress = inet_pton(AF_INET, text, &bytes) == 1 || inet_pton(AF_INET6, text, &bytes) == 1
            #expect((IPAddress(parsing: text) != nil) == isAddress, "\(text)")
        }
    }
}
