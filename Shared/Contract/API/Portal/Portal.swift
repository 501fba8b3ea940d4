// SPDX-License-Identifier: Apache-2.0

/// `POST /portal/sign-ins`: the first step of a person's sign-in to the portal.
package struct StartPortalSignInRequest: APIRequest {
    package var user: String
    package var password: String
    package var clientAddress: String?

    package static let keyPaths: Set<String> = ["user", "password", "clientAddress"]

    package init(user: String, password: String, clientAddress: String? = nil) {
        self.user = user
        self.password = password
        self.clientAddress = clientAddress
    }
}

/// `POST /portal/sign-ins/{id}/factor`: the person's choice.
package struct ChoosePortalFactorRequest: APIRequest {
    /// One of the `factors` that were offered.
    package var factor: String

    package static let keyPaths: Set<String> = ["factor"]

    package init(factor: String) {
        self.factor = factor
    }
}
