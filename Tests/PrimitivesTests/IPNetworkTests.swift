// SPDX-License-Identifier: Apache-2.0
import Primitives
import Testing

struct IPNetworkTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
        ("192.0.2.128/25", "192.0.2.200", true), ("192.0.2.128/25", "192.0.2.127", false),
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false),
        ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false), ("::/0", "203.0.113.9", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false),
        ("2001:db8::/33", "2001:db8:8000::", false), ("::1", "::1", true),
        // Mapped on either side is IPv4.
        ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("::ffff:10.0.0.0/104", "10.1.2.3", true),
        ("::ffff:10.0.0.0/104", "11.1.2.3", false), ("10.0.0.0/8", "::10.1.2.3", false),
    ])
    func `contains what begins with its prefix`(network: String, address: String, expected: Bool) throws {
        let address = try #require(IPAddress(parsing: address))
        #expect(try #require(IPNetwork(network)).contains(address) == expected)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0/8"), ("192.0.2.7", "192.0.2.7/32"), ("2001:DB8::/32", "2001:db8::/32"),
        ("::1", "::1/128"), ("::ffff:10.0.0.0/104", "10.0.0.0/8"), ("::ffff:0:0/96", "0.0.0.0/0"), ("::/0", "::/0"),
    ])
    func `is written in one form`(text: String, canonical: String) {
        #expect(IPNetwork(text)?.description == canonical)
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "/8", "10.0.0.0/33", "10.0.0.1/8", "2001:db8::/129", "2001:db8::1/32", "10.0.0.0/8/8",
        "10.0.0.0/+8", "10.0.0.0/-1", "10.0.0.0/ 8", "10.0.0.0/0008", "vpn", "10.0.0/8", "::ffff:10.0.0.0/95",
    ])
    func `refuses what is no network`(text: String) {
        #expect(IPNetwork(text) == nil)
    }
}
