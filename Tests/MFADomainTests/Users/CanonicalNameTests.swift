// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives
import Testing

/// R17: one person, one identity.
@Suite struct CanonicalNameTests {
    private let domains = IdentityDomains(["EXAMPLE", "example.org"])

    @Test(arguments: [
        "alice", "ALICE", " alice", "alice ", "\u{a0}alice", #"EXAMPLE\alice"#, #"example\Alice"#, "alice@example.org",
        "Alice@EXAMPLE.ORG", "ａｌｉｃｅ",
    ])
    func `maps every spelling to one name`(spelling: String) {
        #expect(CanonicalName(spelling, domains: domains)?.text == "alice")
    }

    @Test(arguments: [
        "", " ", "alice\u{0}", "al\nice", "alice\u{7f}", "alice\u{85}", "\u{2028}alice", "@example.org", #"EXAMPLE\"#,
        String(repeating: "a", count: 129), String(repeating: "a", count: 5000),
    ])
    func `knows no account by an impossible name`(name: String) {
        #expect(CanonicalName(name, domains: domains) == nil)
    }

    @Test(arguments: ["alice@elsewhere.org", #"OTHER\alice"#, "alice@example.org.evil", "аlice"])
    func `keeps names of other domains and scripts apart`(name: String) {
        #expect(CanonicalName(name, domains: domains)?.text != "alice")
        #expect(CanonicalName(name, domains: domains) != nil)
    }

    @Test(arguments: [("STRASSE", "straße"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("ﬁle", "FILE"), ("Å", "å"), ("ＡＢＣ１", "abc1")])
    func `folds case as Unicode does`(left: String, right: String) {
        #expect(CanonicalName(left)?.text == CanonicalName(right)?.text)
        #expect(CanonicalName(left) != nil)
    }

    @Test func `maps what it mapped to itself`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let scalars = (0..<Int.random(in: 1...8, using: &random)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0x20...0x2fff, using: &random))
            }
            let name = String(String.UnicodeScalarView(scalars))
            guard let once = CanonicalName(name) else { continue }
            #expect(CanonicalName(once.text) == once, "\(scalars.map(\.value))")
        }
    }

    // What is stored is looked up again: a name that is canonical must not mean somebody else.
    @Test(arguments: [
        #"EXAMPLE\ alice"#, "alice @example.org", "alice@example.org@example.org", #"EXAMPLE\example\alice"#,
        #"EXAMPLE\alice@example.org"#,
    ])
    func `maps doubled and spaced domains to the plain name`(spelling: String) {
        let name = CanonicalName(spelling, domains: domains)
        #expect(name?.text == "alice")
        #expect(name.flatMap { CanonicalName($0.text, domains: domains) } == name)
    }

    // ASCII takes a short way; the same names in full-width forms, which NFKC undoes, take the long one.
    @Test func `takes the short way for ASCII names to the same end`() {
        func wide(_ byte: UInt8) -> Unicode.Scalar {
            byte == 0x20 ? "\u{3000}" : Unicode.Scalar(0xfee0 + UInt32(byte)) ?? "?"
        }
        for first in 0x20...0x7e as ClosedRange<UInt8> {
            for second in 0x20...0x7e as ClosedRange<UInt8> {
                let bytes = [first, second, first]
                let narrow = String(decoding: bytes, as: UTF8.self)
                #expect(CanonicalName(narrow) == CanonicalName(String(String.UnicodeScalarView(bytes.map(wide)))))
            }
        }
    }
}
