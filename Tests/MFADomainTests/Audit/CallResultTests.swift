// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Testing

/// R87: decisions in the terms of the predecessor's reports.
struct CallResultTests {
    private static let known: [(String, String?, Int?, String)] = [
        ("otp.ok", nil, 23, "SUCCESS_OATH_CODE_VERIFIED"), ("otp.replay", "replay", nil, "FAILED_OATH_CODE_DUPLICATE"),
        ("push.approved", nil, 21, "SUCCESS_PHONE_APP_AUTHENTICATED"),
        ("push.fraud", "fraud_reported", nil, "FAILED_FRAUD_REPORTED"),
        // The reason of a refusal says more than its event.
        ("sign_in.refused", "user_blocked", 14, "SUCCESS_USER_BLOCKED"),
        ("otp.refused", "locked", 105, "Account Locked"),
        ("sign_in.waived", "one_time_bypass", 7, "SUCCESS_BYPASSED_AUTH"),
    ]

    @Test(arguments: known)
    func `a decision has its number and name`(event: String, reason: String?, number: Int?, name: String) {
        let result = CallResult(event: event, reason: reason)
        #expect(result?.number == number && result?.name == name)
    }

    @Test func `what is about no sign-in has none`() {
        #expect(CallResult(event: "user.blocked", reason: nil) == nil)
        #expect(CallResult(event: "user.updated", reason: "user_blocked") == nil)
    }
}
