// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import Primitives
import Testing

@Suite struct `An activation code` {
    @Test func `uses every symbol of an unambiguous alphabet in every place`() {  // R34: 8 × 5 = 40 bits
        let random = SeededRandomSource(seed: 34)
        var seen = [Set<Character>](repeating: [], count: 8)
        for _ in 0..<4000 {
            let code = ActivationCode(from: random)
            for (place, symbol) in code.canonical.enumerated() { seen[place].insert(symbol) }
        }
        let alphabet = Set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        #expect(alphabet.count == 32)
        for symbols in seen { #expect(symbols == alphabet) }
    }

    @Test func `is shown in two groups and read back`() throws {
        let code = ActivationCode(from: SeededRandomSource(seed: 1))
        #expect(code.text.utf8.count == 9)
        #expect(Array(code.text.utf8)[4] == UInt8(ascii: "-"))
        #expect(ActivationCode(parsing: code.text)?.canonical == code.canonical)
    }

    @Test(arguments: ["7K3M-X901", "7k3mx901", " 7K3M X9OI ", "7k-3m-x9-ol", "7K3M--X9o1", "7k3m - x90L"])
    func `is read as people type it`(typed: String) throws {
        let code = try #require(ActivationCode(parsing: typed))
        #expect(code.canonical == "7K3MX901")
        #expect(code.text == "7K3M-X901")
    }

    @Test(arguments: [
        "", "7K3MX9Q", "7K3MX9QTT", "7K3M-X9QU", "7K3M_X9QT", "7K3M\nX9QT", "7K3M\tX9QT", "７K3MX9QT", "7K3MX9Q\u{301}T",
        "7K3MX9Q\0", "--------", "7K3MX9QT" + String(repeating: " ", count: 40),
    ])
    func `is nothing else`(typed: String) {
        #expect(ActivationCode(parsing: typed) == nil)
    }

    @Test func `does not show itself when printed`() throws {
        let code = try #require(ActivationCode(parsing: "7K3MX9QT"))
        var dumped = ""
        dump(code, to: &dumped)
        for shown in ["\(code)", String(reflecting: code), dumped] {
            #expect(!shown.contains("7K3M"))
        }
    }
}
