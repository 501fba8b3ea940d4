// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import Primitives
import Testing

@Suite struct ErrorCodeTests {
    /// contract.md, "Conventions".
    @Test(arguments: [
        ("invalid_request", 400), ("unauthenticated", 401), ("forbidden", 403), ("step_up_required", 403),
        ("bad_signature", 403), ("not_found", 404), ("conflict", 409), ("in_progress", 409),
        ("already_decided", 409), ("expired", 409), ("already_done", 409), ("too_large", 413),
        ("unsupported_media_type", 415), ("idempotency_mismatch", 422), ("factor_unsupported", 422),
        ("too_many_requests", 429), ("unavailable", 503),
    ])
    func `has the codes and statuses of the contract`(code: String, status: Int) throws {
        #expect(try #require(ErrorCode(rawValue: code)).status == status)
    }

    @Test func `has no others, and a sentence for each`() {
        #expect(ErrorCode.allCases.count == 17)
        #expect(ErrorCode.allCases.allSatisfy { $0.title.hasSuffix(".") })
        #expect(Set(ErrorCode.allCases.map(\.title)).count == 17)
    }
}
