// SPDX-License-Identifier: Apache-2.0

import Primitives
import ServiceRuntime
import Testing

struct EnvironmentNameTests {
    @Test(arguments: [
        ("database.url", "MFA_CORE__DATABASE__URL"),
        ("database.passwordFile", "MFA_CORE__DATABASE__PASSWORD_FILE"),
        ("listener.clientCA", "MFA_CORE__LISTENER__CLIENT_CA"),
        ("listener.clientCAFile", "MFA_CORE__LISTENER__CLIENT_CA_FILE"),
        ("signIns.pushSeconds", "MFA_CORE__SIGN_INS__PUSH_SECONDS"),
    ])
    func `a key has one variable`(key: String, variable: String) {
        #expect(EnvironmentName.variable(for: SettingKey(key, .text, ""), of: "mfa-core") == variable)
    }
}
