// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Primitives
import Testing

struct ServiceAccountSecretTests {
    @Test func `has the form cs_id_secret, with an id that holds no underscore`() throws {
        let form = /cs_([a-z2-9]{10})_([A-Za-z0-9_-]{43})/
        for _ in 0..<200 {
            let secret = ServiceAccountSecret(random: SystemRandomSource())
            let text = secret.text.withBytes { String(decoding: $0, as: UTF8.self) }
            let match = try #require(text.wholeMatch(of: form))
            #expect(String(match.1) == secret.id)
            #expect(Base64URL.decode(match.2)?.count == 32)
            #expect(secret.hash.count == 32)
        }
    }

    @Test func `is never made twice and is not seen by accident`() {
        let secrets = (0..<1000).map { _ in ServiceAccountSecret(random: SystemRandomSource()) }
        #expect(Set(secrets.map(\.hash)).count == 1000)
        #expect(Set(secrets.map(\.id)).count == 1000)
        #expect(!"\(secrets[0])".contains("cs_"))
    }

    /// printf %s cs_aaaaaaaaaa_AAAA… | sha256sum
    @Test func `is hashed as the text that its holder sends`() {
        struct Zeros: RandomSource {
            func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
        }
        let secret = ServiceAccountSecret(random: Zeros())
        let text = secret.text.withBytes { String(decoding: $0, as: UTF8.self) }
        #expect(text == "cs_aaaaaaaaaa_" + String(repeating: "A", count: 43))
        #expect(Hex.encode(secret.hash) == "c38537def2aa9f231bc49334e08b6f7f95cc715ca6452ec05488ae7e517baee9")
    }
}
