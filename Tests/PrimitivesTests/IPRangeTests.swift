// SPDX-License-Identifier: Apache-2.0
import Primitives
import Testing

@Suite struct IPRangeTests {
    @Test(arguments: [
        ("192.0.2.7", ["192.0.2.7", "::ffff:192.0.2.7"], ["192.0.2.8", "::192.0.2.7"]),
        ("192.0.2.0/25", ["192.0.2.0", "192.0.2.127"], ["192.0.2.128", "192.0.1.255"]),
        (
            "192.0.2.250-192.0.3.5", ["192.0.2.250", "192.0.2.255", "192.0.3.0", "192.0.3.5"],
            ["192.0.3.6", "192.0.2.249"]
        ),
        ("2001:db8::/33", ["2001:db8::", "2001:db8:7fff:ffff::1"], ["2001:db8:8000::", "192.0.2.1"]),
        ("2001:db8::5-2001:db8::1:0", ["2001:db8::5", "2001:db8::ffff"], ["2001:db8::4", "2001:db8::1:1"]),
        ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::1"]),
    ])
    func `holds its ends and what lies between`(text: String, inside: [String], outside: [String]) throws {
        let range = try #require(IPRange(text))
        for address in inside { #expect(range.contains(try #require(IPAddress(parsing: address))), "\(address)") }
        for address in outside { #expect(!range.contains(try #require(IPAddress(parsing: address))), "\(address)") }
        #expect(range.contains(range.lowest))
        #expect(IPRange(range.description) == range)
    }

    @Test(arguments: [
        "", "-", "192.0.2.1-", "192.0.2.9-192.0.2.1", "192.0.2.1-2001:db8::1", "192.0.2.1/24", "192.0.2.0/33",
        "192.0.2.1-192.0.2.2-192.0.2.3", "office", "192.0.2", "192.0.2.0/24-192.0.3.0",
    ])
    func `refuses what is none`(text: String) {
        #expect(IPRange(text) == nil)
    }
}
