// SPDX-License-Identifier: Apache-2.0

/// `POST /internal/v1/sign-ins/states`: what became of the sign-ins that callers still wait for.
package struct SignInStatesRequest: APIRequest {
    package var ids: [String]

    package static let keyPaths: Set<String> = ["ids", "ids[]"]
    /// Ids in one request.
    package static let idsMax = 1000

    package init(ids: [String]) {
        self.ids = ids
    }
}

/// The present state of each sign-in asked about; unknown ids are left out.
package struct SignInStatesResponse: Codable, Sendable {
    /// An id and its state.
    package struct Item: Codable, Sendable, Equatable {
        package var id: String
        package var state: String

        package init(id: String, state: String) {
            self.id = id
            self.state = state
        }
    }
    package var items: [Item]

    package init(items: [Item]) {
        self.items = items
    }
}
