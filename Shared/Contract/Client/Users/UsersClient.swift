// SPDX-License-Identifier: Apache-2.0
package import MFAAPI

/// The operations on users; `user` is an id, a name in any spelling, or `me` under a ticket.
package struct UsersClient: Sendable {
    let client: MFAClient

    /// Creates a user.
    package func create(
        _ request: CreateUserRequest, idempotencyKey: String? = nil
    ) async throws(MFAClientError) -> UserResponse {
        try await MFACall(operation: .createUser, body: request, idempotencyKey: idempotencyKey).answer(from: client)
    }

    /// One page of users, narrowed by `search`.
    package func list(
        search: String? = nil, limit: Int? = nil, cursor: String? = nil
    ) async throws(MFAClientError) -> Page<UserResponse> {
        var query: [(String, String)] = []
        if let search { query.append(("search", search)) }
        if let limit { query.append(("limit", String(limit))) }
        if let cursor { query.append(("cursor", cursor)) }
        return try await MFACall(operation: .listUsers, query: query).answer(from: client)
    }

    /// One user.
    package func read(_ user: String) async throws(MFAClientError) -> UserResponse {
        try await MFACall(operation: .readUser, segments: [user]).answer(from: client)
    }

    /// Changes what the request names and nothing else.
    package func update(_ user: String, _ request: UpdateUserRequest) async throws(MFAClientError) -> UserResponse {
        try await MFACall(operation: .updateUser, segments: [user], body: request).answer(from: client)
    }

    /// Removes a user with all factors.
    package func delete(_ user: String) async throws(MFAClientError) {
        try await MFACall(operation: .deleteUser, segments: [user]).accepted(by: client)
    }

    /// Sets the local password.
    package func setPassword(_ user: String, _ request: SetPasswordRequest) async throws(MFAClientError) {
        try await MFACall(operation: .setPassword, segments: [user], body: request).accepted(by: client)
    }

    /// Blocks a user.
    package func block(_ user: String, _ request: BlockUserRequest) async throws(MFAClientError) {
        try await MFACall(operation: .blockUser, segments: [user], body: request).accepted(by: client)
    }

    /// Ends a block.
    package func unblock(
        _ user: String, _ request: UnblockUserRequest = UnblockUserRequest()
    ) async throws(MFAClientError) {
        try await MFACall(operation: .unblockUser, segments: [user], body: request).accepted(by: client)
    }

    /// Lets the user's next sign-in in without a factor.
    package func createBypass(
        _ user: String, _ request: CreateBypassRequest, idempotencyKey: String? = nil
    ) async throws(MFAClientError) -> BypassResponse {
        try await MFACall(
            operation: .createBypass, segments: [user], body: request, idempotencyKey: idempotencyKey
        ).answer(from: client)
    }

    /// Takes back a bypass that was not used.
    package func deleteBypass(_ user: String) async throws(MFAClientError) {
        try await MFACall(operation: .deleteBypass, segments: [user]).accepted(by: client)
    }

    /// Clears the failure counts of a user's factors.
    package func unlock(_ user: String) async throws(MFAClientError) {
        try await MFACall(operation: .unlockUser, segments: [user]).accepted(by: client)
    }
}

extension MFAClient {
    /// The operations on users.
    package var users: UsersClient { UsersClient(client: self) }
}
