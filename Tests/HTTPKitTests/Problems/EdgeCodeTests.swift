// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import Primitives
import Testing

@Suite struct EdgeCodeTests {
    @Test func `codes are snake case and each has an error status and a sentence`() {
        for code in EdgeCode.allCases {
            #expect(code.rawValue.allSatisfy { $0.isLowercase || $0 == "_" })
            #expect((400..<600).contains(code.status))
            #expect(code.title.hasSuffix("."))
        }
        #expect(Set(EdgeCode.allCases.map(\.status)).count == EdgeCode.allCases.count)
    }
}
