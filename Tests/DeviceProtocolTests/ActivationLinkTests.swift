// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import Primitives
import Testing

@Suite struct `An activation link` {
    private static let secretText = "AAECAwQFBgcICQoLDA0ODxAREhM"

    private func link(_ service: String) throws -> ActivationLink? {
        ActivationLink(service: service, secret: try #require(ActivationSecret(parsing: Self.secretText)))
    }

    @Test func `names the service and the secret`() throws {
        let link = try #require(try link("https://mfa.example.com:8444/PA"))
        #expect(
            link.text == "countersign://activate?service=https%3A%2F%2Fmfa.example.com%3A8444%2FPA"
                + "&secret=AAECAwQFBgcICQoLDA0ODxAREhM")
    }

    @Test(arguments: [
        "https://localhost:8444/PA", "https://[::1]:8444", "https://mfa.example.com", "https://x/a%20b/~c_d-e.f",
        "https://x/a&b=c+d",
    ])
    func `reads what it wrote`(service: String) throws {
        let written = try #require(try link(service))
        let read = try #require(ActivationLink(parsing: written.text))
        #expect(read.service == service)
        #expect(read.secret.text == Self.secretText)
    }

    @Test func `drops a slash at the end of the service and takes swapped parameters`() throws {
        #expect(try link("https://localhost:8444/PA//")?.service == "https://localhost:8444/PA")
        let swapped = "countersign://activate?secret=\(Self.secretText)&service=https%3a%2f%2fx%2f"
        #expect(ActivationLink(parsing: swapped)?.service == "https://x")
    }

    @Test(arguments: [
        "", "x", "http://localhost", "https://", "https:///PA", "https://:8444", "HTTPS://x", "https://u@x",
        "https://x?y", "https://x#y", "https://x y", "https://x\n", "https://é", "javascript:alert(1)", "https://x\\y",
    ])
    func `names a plain https service or nothing`(service: String) throws {
        #expect(try link(service) == nil)
    }

    @Test(arguments: [
        "", "countersign://activate", "countersign://activate?", "countersign://activate?service=https%3A%2F%2Fx",
        "countersign://activate?secret=AAECAwQFBgcICQoLDA0ODxAREhM",
        "countersign://activate?service=&secret=AAECAwQFBgcICQoLDA0ODxAREhM",
        "countersign://activate?service=https%3A%2F%2Fx&secret=",
        "countersign://activate?service=https%3A%2F%2Fx&secret=AAECAwQFBgcICQoLDA0",
        "countersign://activate?service=https%3A%2F%2Fx&secret=AAECAwQFBgcICQoLDA0ODxAREhM=",
        "countersign://activate?service=https%3A%2F%2Fx&secret=AAECAwQFBgcICQoLDA0ODxAREhM"
            + "&secret=AAECAwQFBgcICQoLDA0ODxAREhM",
        "countersign://activate?service=https%3A%2F%2Fx&service=https%3A%2F%2Fy&secret=AAECAwQFBgcICQoLDA0ODxAREhM",
        "countersign://activate?service=https%3A%2F%2Fx&secret=AAECAwQFBgcICQoLDA0ODxAREhM&more=1",
        "countersign://activate?service=https%3A%2F%2Fx&secret=AAECAwQFBgcICQoLDA0ODxAREhM&",
        "countersign://activate?service=https%3A%2F%2x&secret=AAECAwQFBgcICQoLDA0ODxAREhM",
        "countersign://activate?service=https%3A%2F%2Fx%ff&secret=AAECAwQFBgcICQoLDA0ODxAREhM",
        "countersign://enrol?service=https%3A%2F%2Fx&secret=AAECAwQFBgcICQoLDA0ODxAREhM",
        "Countersign://activate?service=https%3A%2F%2Fx&secret=AAECAwQFBgcICQoLDA0ODxAREhM",
        " countersign://activate?service=https%3A%2F%2Fx&secret=AAECAwQFBgcICQoLDA0ODxAREhM",
        "https://activate?service=https%3A%2F%2Fx&secret=AAECAwQFBgcICQoLDA0ODxAREhM",
    ])
    func `is refused when anything about it is wrong`(text: String) {
        #expect(ActivationLink(parsing: text) == nil)
    }

    @Test func `is at most two kibibytes long`() throws {
        #expect(try link("https://x/" + String(repeating: "a", count: 1900)) != nil)
        #expect(try link("https://x/" + String(repeating: "a", count: 2048)) == nil)
        let long = "countersign://activate?secret=\(Self.secretText)&service=https%3A%2F%2Fx%2F"
        #expect(ActivationLink(parsing: long + String(repeating: "a", count: 2048)) == nil)
    }

    /// Random changes of a good link: whatever is still read is written and read again as the same.
    @Test func `never comes half-built from hostile bytes`() throws {
        let random = SeededRandomSource(seed: 2048)
        let good = Array(try #require(try link("https://mfa.example.com:8444/PA")).text.utf8)
        var read = 0
        for _ in 0..<4000 {
            var bytes = good
            let choice = random.bytes(3)
            let place = Int(choice[0]) % bytes.count
            if choice[1] % 2 == 0 { bytes[place] = choice[2] } else { bytes.remove(at: place) }
            guard let first = ActivationLink(parsing: String(decoding: bytes, as: UTF8.self)) else { continue }
            read += 1
            let second = try #require(ActivationLink(parsing: first.text))
            #expect(second.text == first.text)
            #expect(first.service.hasPrefix("https://"))
        }
        #expect(read > 100, "too few of the changed links were still readable to show anything")
    }
}

@Suite struct `An activation secret` {
    @Test func `has 160 random bits and no twin`() throws {  // R34
        let texts = (0..<10_000).map { _ in ActivationSecret(from: SystemRandomSource()).text }
        #expect(Set(texts).count == texts.count)
        for text in texts {
            #expect(Base64URL.decode(text)?.count == 20)
            #expect(ActivationSecret(parsing: text)?.text == text)
        }
    }

    @Test func `has 16 to 64 bytes in base64url`() {
        for count in [0, 1, 15, 65, 200] {
            #expect(ActivationSecret(parsing: Base64URL.encode([UInt8](repeating: 1, count: count))) == nil)
        }
        for count in [16, 64] {
            #expect(ActivationSecret(parsing: Base64URL.encode([UInt8](repeating: 1, count: count))) != nil)
        }
        for text in ["AAECAwQFBgcICQoLDA0ODxAREh+", "AAECAwQFBgcICQoLDA0ODxAREhM=", "AAECAwQFBgcICQoLDA0ODxAREhN"] {
            #expect(ActivationSecret(parsing: text) == nil)
        }
    }

    @Test func `does not show itself when printed`() {
        let secret = ActivationSecret(from: SystemRandomSource())
        var dumped = ""
        dump(secret, to: &dumped)
        for shown in ["\(secret)", String(reflecting: secret), dumped] {
            #expect(!shown.contains(secret.text))
        }
    }
}
