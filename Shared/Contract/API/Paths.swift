// SPDX-License-Identifier: Apache-2.0

/// Where the contract is served, and the headers that go with it.
package enum Paths {
    /// The integrators' base on sdk-service.
    package static let api = "/api/v1"
    /// The same operations on mfa-core, for sdk-service alone.
    package static let `internal` = "/internal/v1"
    /// mfa-core: one streamed response with a line for each decided sign-in.
    package static let decisions = Paths.internal + "/decisions"
    /// mfa-core: the states of up to ``SignInStatesRequest/idsMax`` sign-ins at once.
    package static let signInStates = Paths.internal + "/sign-ins/states"
    /// mfa-core: many ``Operation/startSignIn`` at once, a ``CallFrame`` each; answers come as frames, whichever is first.
    package static let signInBundles = Paths.internal + "/sign-ins/bundles"
    /// mfa-core: answers 204 without any work: the health of the hop.
    package static let ping = Paths.internal + "/ping"
}

/// Header names of the contract, in lower case.
package enum HeaderNames {
    package static let requestID = "x-request-id"
    package static let idempotencyKey = "idempotency-key"
    package static let ticket = "countersign-ticket"
    /// Set by sdk-service and never copied from its caller: who calls, by name.
    package static let account = "countersign-account"
    /// The caller's scopes, separated by commas.
    package static let scopes = "countersign-scopes"
    /// The application the account is bound to; absent when it has none.
    package static let application = "countersign-application"
    /// The ``Operation`` that sdk-service routed to.
    package static let operation = "countersign-operation"
    /// The address sdk-service was called from.
    package static let peer = "countersign-peer"
    /// Milliseconds the caller will still wait for.
    package static let deadline = "countersign-deadline"
    /// When the caller will have stopped waiting, in milliseconds since 1970 by the clock of the database, which all
    /// services can read: work that comes later than that, however it was held up, is not done.
    package static let expires = "countersign-expires"
    package static let deviceID = "x-device-id"
    package static let deviceNonce = "x-device-nonce"
    package static let deviceSignature = "x-device-signature"
    package static let deviceNextNonce = "x-device-next-nonce"
}
