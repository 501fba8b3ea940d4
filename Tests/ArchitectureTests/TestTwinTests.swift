// SPDX-License-Identifier: Apache-2.0
import Testing

struct TestTwinTests {
    @Test func `each file over 40 lines has tests beside it, or a reason`() {
        let tests = Set(SourceTree.swift.map(\.path).filter { $0.hasPrefix("Tests/") })
        var used: Set<String> = []
        for file in SourceTree.shipped where file.lineCount > TestTwins.linesWithoutTwin {
            if TestTwins.hasTests(file, among: tests) { continue }
            if let reason = TestTwins.exceptions.keys.first(where: file.path.hasPrefix) {
                used.insert(reason)
            } else {
                Issue.record("\(file.path) has no tests (or reason in TestTwins.swift)")
            }
        }
        for line in Set(TestTwins.exceptions.keys).subtracting(used) {
            // Thin mains may be too short to need their line; a file that is gone never does.
            #expect(SourceTree.exists(line), "TestTwins.swift excuses \(line), which is not there")
        }
    }

    @Test func `finds the twin of a file, and the tests of its room`() {
        let file = SourceFile(path: "Services/MFACore/Domain/Lockout/LockoutRule.swift", text: "")
        #expect(TestTwins.hasTests(file, among: ["Tests/MFADomainTests/Lockout/LockoutRuleTests.swift"]))
        #expect(TestTwins.hasTests(file, among: ["Tests/MFADomainTests/Lockout/DelayTests.swift"]))
        #expect(!TestTwins.hasTests(file, among: ["Tests/MFADomainTests/Users/LockoutRuleTests.swift"]))
        #expect(!TestTwins.hasTests(file, among: ["Tests/MFADomainTests/Lockout/Sample.swift"]))
    }
}
