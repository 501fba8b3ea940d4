// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFAAPI
import Primitives
import Testing

@Suite struct FactorsTests {
    private func keys(of value: some Encodable) throws -> Set<String> {
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(value))
        return Set(try #require(object as? [String: Any]).keys)
    }

    /// contract.md, "Factors".
    @Test func `a factor shows what it is and never its secret`() throws {
        let factor = FactorResponse(
            id: "1", kind: "totp", name: "App", state: "active", createdAt: Instant(seconds: 0),
            lastUsedAt: Instant(seconds: 1), imported: false)
        #expect(try keys(of: factor) == ["id", "kind", "name", "state", "createdAt", "lastUsedAt", "imported"])
    }

    @Test func `an imported factor's creation answers without a secret`() throws {
        #expect(try keys(of: CreateFactorResponse(id: "1", state: "active")) == ["id", "state"])
        let fresh = CreateFactorResponse(
            id: "1", state: "unconfirmed", otpauthURI: "otpauth://totp/x", secretBase32: "A", qrSVG: "<svg/>")
        #expect(try keys(of: fresh) == ["id", "state", "otpauthURI", "secretBase32", "qrSVG"])
    }

    @Test func `recovery codes are told of once, and how many are left always`() throws {
        let made = CreateFactorResponse(id: "1", state: "active", recoveryCodes: ["1"])
        #expect(try keys(of: made) == ["id", "state", "recoveryCodes"])
        let listed = FactorResponse(
            id: "1", kind: "recovery", name: "Codes", state: "active", createdAt: Instant(seconds: 0), lastUsedAt: nil,
            imported: false, codesRemaining: 0)
        #expect(try keys(of: listed) == ["id", "kind", "name", "state", "createdAt", "imported", "codesRemaining"])
    }

    @Test func `only the kind of a new factor is needed`() throws {
        let request = try JSONDecoder().decode(CreateFactorRequest.self, from: Data(#"{"kind":"totp"}"#.utf8))
        #expect(request.kind == "totp")
        #expect(request.digits == nil && request.algorithm == nil && request.periodSeconds == nil)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(CreateFactorRequest.self, from: Data("{}".utf8))
        }
    }
}
