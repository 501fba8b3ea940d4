// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives
import Testing

/// What a recovery code looks like, and what is taken for one (R79).
@Suite struct RecoveryCodeTests {
    private func digits(_ code: RecoveryCode) -> String {
        code.secret.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `has twenty digits in four groups, and no two are alike`() {
        let random = SystemRandomSource()
        let codes = (0..<1000).map { _ in RecoveryCode(from: random) }
        #expect(Set(codes.map(digits)).count == codes.count)
        for code in codes {
            #expect(code.text.split(separator: "-").map(\.count) == [5, 5, 5, 5])
            #expect(code.text.filter { $0 != "-" } == digits(code))
            #expect(RecoveryCode(parsing: code.text).map(digits) == digits(code))
        }
        // Twenty digits are 66 bits, and 64 are asked for.
        #expect(RecoveryCode.digits == 20 && RecoveryCode.perSet == 10)
    }

    @Test(arguments: [
        "48205937116028411937", "48205-93711-60284-11937", " 48205 93711 60284 11937 ", "4-8-2-0-59371160284119-37",
    ])
    func `is read however it was typed`(typed: String) {
        #expect(RecoveryCode(parsing: typed).map(digits) == "48205937116028411937")
    }

    @Test(arguments: [
        "", "755224", "12345678", "4820593711602841193", "482059371160284119370", "4820593711602841193a",
        "４８２０５９３７１１６０２８４１１９３７", "48205_93711_60284_11937", "48205937116028411937\n",
        "48205937116028411937" + String(repeating: " ", count: 60),
    ])
    func `nothing else is one`(typed: String) {
        #expect(RecoveryCode(parsing: typed) == nil)
    }

    // R83
    @Test func `is not printed by accident`() {
        let code = RecoveryCode(from: SystemRandomSource())
        let shown = "\(code) \(String(reflecting: code))"
        #expect(!shown.contains(code.text) && !shown.contains(digits(code)))
        #expect(Mirror(reflecting: code).children.isEmpty)
    }
}
