// SPDX-License-Identifier: Apache-2.0

/// `POST /sign-ins/{id}/answers`: the passcode a pending sign-in asked for.
package struct AnswerSignInRequest: APIRequest {
    package var passcode: String

    package static let keyPaths: Set<String> = ["passcode"]

    package init(passcode: String) {
        self.passcode = passcode
    }
}
