// SPDX-License-Identifier: Apache-2.0
import Primitives
import Testing

struct CertificateMarkTests {
    /// printf abc | sha256sum
    @Test func `knows a certificate by all of it`() {
        #expect(
            CertificateMark(der: Array("abc".utf8)).description
                == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test(arguments: [
        ("URI:countersign://account/vpn", "uri:countersign://account/vpn"), ("uri:urn:x", "uri:urn:x"),
        ("DNS:VPN.Example.org", "dns:vpn.example.org"), ("URI:Case/Stays:x", "uri:Case/Stays:x"),
    ])
    func `reads names as openssl writes them`(text: String, mark: String) {
        #expect(CertificateMark(parsing: text)?.description == mark)
    }

    @Test(arguments: [
        "", "vpn", "URI:", "URI:vpn", "DNS:", "DNS:*.example.org", "DNS:a b", "DNS:a/b", "URI:a:b c", "URI:ü:x",
        "IP:192.0.2.1", "URI:a:\u{0}", "URI:a:" + String(repeating: "x", count: 600),
    ])
    func `refuses what is no name`(text: String) {
        #expect(CertificateMark(parsing: text) == nil)
    }

    // R70: no account takes the name of another one, nor that of a service of ours.
    @Test func `a URI of ours stands for the account that it names`() {
        #expect(CertificateMark(uri: "countersign://account/vpn").mayStand(for: "vpn"))
        #expect(!CertificateMark(uri: "countersign://account/vpn").mayStand(for: "web"))
        #expect(!CertificateMark(uri: "countersign://service/sdk-service").mayStand(for: "sdk-service"))
        #expect(CertificateMark(uri: "https://example.org/vpn").mayStand(for: "web"))
        #expect(CertificateMark(dns: "vpn.example.org").mayStand(for: "web"))
    }
}
