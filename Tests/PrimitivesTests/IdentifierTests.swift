// SPDX-License-Identifier: Apache-2.0
import Primitives
import Testing

@Suite struct `An identifier` {
    @Test func `is a UUID of version 4 made of the bytes it is given`() {
        let zeros = UserID(version4: [UInt8](repeating: 0, count: 16))
        #expect(zeros.description == "00000000-0000-4000-8000-000000000000")
        let ones = UserID(version4: [UInt8](repeating: 0xff, count: 16))
        #expect(ones.description == "ffffffff-ffff-4fff-bfff-ffffffffffff")
        let counted = UserID(version4: Array(0..<16))
        #expect(counted.description == "00010203-0405-4607-8809-0a0b0c0d0e0f")
        #expect(counted.bytes == [0, 1, 2, 3, 4, 5, 0x46, 7, 0x88, 9, 10, 11, 12, 13, 14, 15])
    }

    @Test func `is read in either case and written in lower case`() throws {
        let text = "2f1c7a52-6f3b-4f5e-9f5a-0c2b7f3f1a11"
        let identifier = try #require(UserID(text))
        #expect(identifier.description == text)
        #expect(UserID(text.uppercased()) == identifier)
        #expect(identifier.bytes.count == 16)
    }

    @Test(arguments: [
        "", "2f1c7a526f3b4f5e9f5a0c2b7f3f1a11", "{2f1c7a52-6f3b-4f5e-9f5a-0c2b7f3f1a11}",
        "2f1c7a52-6f3b-4f5e-9f5a-0c2b7f3f1a1", "2f1c7a52-6f3b-4f5e-9f5a-0c2b7f3f1a111",
        "2f1c7a52-6f3b-4f5e-9f5a-0c2b7f3f1a1g", "2f1c7a5-26f3b-4f5e-9f5a-0c2b7f3f1a11",
        "2f1c7a52_6f3b-4f5e-9f5a-0c2b7f3f1a11", "2f1c7a52-6f3b-4f5e-9f5a-0c2b7f3f1a1 ",
        "2f1c7a52-6f3b-4f5e-9f5a-0c2b7f3f1a-1", "------------------------------------",
    ])
    func `is refused in every other form`(text: String) {
        #expect(UserID(text) == nil)
    }

    @Test func `is ordered as its text`() throws {
        let texts = [
            "00000000-0000-4000-8000-000000000000", "00000000-0000-4000-8000-000000000001",
            "7fffffff-ffff-4fff-bfff-ffffffffffff", "80000000-0000-4000-8000-000000000000",
        ]
        let identifiers = try texts.map { try #require(SignInID($0)) }
        #expect(identifiers.reversed().sorted().map(\.description) == texts)
    }

    @Test func `is fresh every time it is drawn`() {
        let random = SystemRandomSource()
        let drawn = (0..<1000).map { _ in random.identifier(IdentifierSubject.Factor.self) }
        #expect(Set(drawn).count == drawn.count)
        #expect(drawn.allSatisfy { $0.bytes[6] >> 4 == 4 && $0.bytes[8] >> 6 == 2 })
    }
}
