// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import MFACoreServer
import MFADomain
import Primitives
import Testing

struct RefusalTests {
    /// The codes and status numbers of contract.md.
    @Test func `every refusal has its place in the contract`() {
        let told: [Refusal.Code: (Int, String)] = [
            .malformed: (400, "invalid_request"), .unauthenticated: (401, "unauthenticated"),
            .forbidden: (403, "forbidden"), .stepUpRequired: (403, "step_up_required"),
            .badSignature: (403, "bad_signature"), .notFound: (404, "not_found"), .conflict: (409, "conflict"),
            .inProgress: (409, "in_progress"), .alreadyDecided: (409, "already_decided"), .expired: (409, "expired"),
            .alreadyDone: (409, "already_done"), .idempotencyMismatch: (422, "idempotency_mismatch"),
            .factorUnsupported: (422, "factor_unsupported"), .tooManyRequests: (429, "too_many_requests"),
            .unavailable: (503, "unavailable"),
        ]
        for code in Refusal.Code.allCases {
            let problem = Refusal(code, detail: "what to mend", reason: "what happened").problem
            #expect(problem.code.status == told[code]?.0 && problem.code.rawValue == told[code]?.1, "\(code)")
            #expect(problem.detail == "what to mend" && problem.reason == "what happened")
            let isWorthAnotherTry = code == .inProgress || code == .unavailable
            #expect(problem.retryAfterSeconds == (isWorthAnotherTry ? 1 : nil), "\(code)")
        }
        let told429 = Refusal(.tooManyRequests, reason: "", retryAfterSeconds: 42).problem
        #expect(told429.retryAfterSeconds == 42)
    }
}
