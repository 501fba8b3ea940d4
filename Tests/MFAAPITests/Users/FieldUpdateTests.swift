// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFAAPI
import Testing

@Suite struct FieldUpdateTests {
    private func read(_ text: String) throws -> UpdateUserRequest {
        try JSONDecoder().decode(UpdateUserRequest.self, from: Data(text.utf8))
    }

    private func written(_ request: UpdateUserRequest) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(request), as: UTF8.self)
    }

    @Test func `an absent key leaves, null clears, a value sets`() throws {
        let request = try read(#"{"email":null,"language":"de"}"#)
        #expect(request.displayName == .unchanged)
        #expect(request.email == .cleared)
        #expect(request.language == .set("de"))
        #expect(request.enabled == nil)
    }

    @Test func `an empty text is a value`() throws {
        #expect(try read(#"{"displayName":""}"#).displayName == .set(""))
    }

    @Test(arguments: ["1", "[]", "{}", "true"])
    func `a value of another type is refused`(value: String) {
        #expect(throws: DecodingError.self) { try read(#"{"email":\#(value)}"#) }
    }

    @Test(arguments: [
        "{}", #"{"email":null}"#, #"{"displayName":"a","email":null,"enabled":false,"language":"de"}"#,
    ])
    func `writes what it reads`(text: String) throws {
        #expect(try written(try read(text)) == text)
    }
}
