// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Testing

/// R87: decisions in the terms of the predecessor's reports.
struct CallResultTests {
    private static let known: [(String, String?, Int?, String)] = [
        ("otp.ok", nil, 23, "SUCCESS_OATH_CODE_VERIFIED"), ("otp.replay", "replay", nil, "FAILED_OATH_CODE_DUPLICATE"),
        ("push.approved", nil, 21, "SUCCESS_PHONE_APP_AUTHENTICATED"),
        ("push.fraud", "fraud_reported", nil, "FAILED_FRAUD_REPORTED"),
        // What waits, and what nobody was asked for.
        ("sign_in.started", nil, 22, "SUCCESS_OATH_CODE_PENDING"), ("push.started", nil, 15, "Status Pending"),
        ("sign_in.waived", "trusted_network", 7, "SUCCESS_BYPASSED_AUTH"),
        ("push.bad_signature", "bad_signature", nil, "FAILED_PHONE_APP_INVALID_RESULT"),
        ("push.fraud_block", "fraud_block", 14, "SUCCESS_USER_BLOCKED"),
        // The reason of a refusal says more than its event.
        ("sign_in.refused", "user_blocked", 14, "SUCCESS_USER_BLOCKED"),
        ("otp.refused", "locked", 105, "Account Locked"),
        ("sign_in.waived", "one_time_bypass", 7, "SUCCESS_BYPASSED_AUTH"),
        ("sign_in.started", "user_blocked", 14, "SUCCESS_USER_BLOCKED"),
        ("sign_in.waived", "remembered_user", 6, "SUCCESS_USED_CACHE"),
        ("sign_in.waived", "remembered_application", nil, "SUCCESS_USED_APP_BASED_CACHE"),
        ("sign_in.waived", "remembered_address", nil, "SUCCESS_USED_IP_BASED_CACHE"),
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
