// SPDX-License-Identifier: Apache-2.0

/// The result of a sign-in in the terms of the predecessor's activity report, whose symbols and numbers reports and scripts of
/// many years know. It says how the second proof went; whether somebody was let in is the row's outcome.
package struct CallResult: Sendable, Equatable {
    /// Nil where only the name is known.
    package let number: Int?
    /// The symbol, or the text where no symbol is known.
    package let name: String

    /// By what a row of the audit tells; nil for rows that are about no sign-in.
    package init?(event: String, reason: String?) {
        guard let known = Self.reasons[reason ?? ""].flatMap({ Self.isSignIn(event) ? $0 : nil }) ?? Self.events[event]
        else { return nil }
        (number, name) = known
    }

    private static func isSignIn(_ event: String) -> Bool {
        ["otp.", "push.", "recovery.", "sign_in."].contains { event.hasPrefix($0) }
    }

    private static let events: [String: (Int?, String)] = [
        "otp.ok": (23, "SUCCESS_OATH_CODE_VERIFIED"),
        "otp.wrong_code": (nil, "FAILED_OATH_CODE_INCORRECT"),
        "otp.replay": (nil, "FAILED_OATH_CODE_DUPLICATE"),
        "otp.locked": (105, "Account Locked"),
        "sign_in.started": (22, "SUCCESS_OATH_CODE_PENDING"),
        "sign_in.waived": (7, "SUCCESS_BYPASSED_AUTH"),
        "sign_in.expired": (nil, "FAILED_AUTH_RESULT_TIMEOUT"),
        "push.started": (15, "Status Pending"),
        "push.approved": (21, "SUCCESS_PHONE_APP_AUTHENTICATED"),
        "push.denied": (nil, "FAILED_PHONE_APP_DENIED"),
        "push.fraud": (nil, "FAILED_FRAUD_REPORTED"),
        "push.wrong_number": (nil, "FAILED_PHONE_APP_INVALID_RESULT"),
        "push.bad_signature": (nil, "FAILED_PHONE_APP_INVALID_RESULT"),
        "push.expired": (nil, "FAILED_PHONE_APP_NO_RESPONSE"),
        "push.locked": (105, "Account Locked"),
    ]

    /// Reasons that say more than the event does.
    private static let reasons: [String: (Int?, String)] = [
        "user_blocked": (14, "SUCCESS_USER_BLOCKED"),
        "fraud_block": (14, "SUCCESS_USER_BLOCKED"),
        "locked": (105, "Account Locked"),
        "one_time_bypass": (7, "SUCCESS_BYPASSED_AUTH"),
        // 8 and 9 are these two; which is which is not known any more.
        "remembered_user": (6, "SUCCESS_USED_CACHE"),
        "remembered_application": (nil, "SUCCESS_USED_APP_BASED_CACHE"),
        "remembered_address": (nil, "SUCCESS_USED_IP_BASED_CACHE"),
        "prompt_pending": (101, "FAILED_PHONE_BUSY"),
        "too_many_prompts": (nil, "FAILED_AUTHENTICATION_THROTTLED"),
        "suspended_prompts": (nil, "FAILED_AUTHENTICATION_THROTTLED"),
    ]
}
