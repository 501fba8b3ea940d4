// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestKit
import Testing

/// I12
struct CanariesTests {
    private static let secret: [UInt8] = Array("a token's secret".utf8)

    // Base32, hexadecimal and Base64 of the secret, in any letter case, and a password.
    @Test(arguments: [
        "MEQHI33LMVXCO4ZAONSWG4TFOQ", "6120746f6b656e277320736563726574", "6120746F6B656E277320736563726574",
        "YSB0b2tlbidzIHNlY3JldA", "correct horse",
    ])
    func `finds a secret however it was written`(form: String) {
        var canaries = Canaries()
        canaries.add("seed", bytes: Self.secret)
        canaries.add("password", text: "correct horse")
        let found = canaries.violations(in: "log", "before \(form) after")
        #expect(found.map(\.invariant) == ["I12"])
        #expect(!"\(found)".contains(form))
        #expect(canaries.violations(in: "log", "before and after").isEmpty)
    }

    @Test func `finds a passcode in quotes, and not within another number`() {
        var canaries = Canaries()
        canaries.add("passcode", passcode: "123456")
        #expect(canaries.violations(in: "log", "{\"passcode\":\"123456\"}").count == 1)
        #expect(canaries.violations(in: "log", "took 123456 µs").isEmpty)
        #expect(canaries.violations(in: "log", "{\"microseconds\":\"123456\"}").isEmpty)
    }

    @Test func `looks into every file of a folder`() throws {
        let folder = try Workshop.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Workshop.write("nothing", to: "\(folder)/a.log")
        try Workshop.write("the canary sings", to: "\(folder)/deep/core.dump")
        var canaries = Canaries()
        canaries.add("bird", text: "canary")
        #expect(canaries.violations(inFolder: folder).map(\.description) == ["I12: deep/core.dump holds bird"])
    }
}
