// SPDX-License-Identifier: Apache-2.0

/// Every operation of the contract: its method, its path below `/api/v1` and the scopes that open it.
///
/// sdk-service routes by this table and mfa-core checks it again, so the two cannot drift apart.
package enum Operation: String, CaseIterable, Sendable {
    case startSignIn = "start-sign-in"
    case readSignIn = "read-sign-in"
    case answerSignIn = "answer-sign-in"
    case cancelSignIn = "cancel-sign-in"
    case createUser = "create-user"
    case listUsers = "list-users"
    case readUser = "read-user"
    case updateUser = "update-user"
    case deleteUser = "delete-user"
    case setPassword = "set-password"
    case blockUser = "block-user"
    case unblockUser = "unblock-user"
    case unlockUser = "unlock-user"
    case createBypass = "create-bypass"
    case deleteBypass = "delete-bypass"
    case listFactors = "list-factors"
    case createFactor = "create-factor"
    case confirmFactor = "confirm-factor"
    case deleteFactor = "delete-factor"
    case resynchroniseFactor = "resynchronise-factor"
    case createActivation = "create-activation"
    case readActivation = "read-activation"
    case listAudit = "list-audit"
    case startPortalSignIn = "start-portal-sign-in"
    case choosePortalFactor = "choose-portal-factor"
    case endTicket = "end-ticket"
    case activateDevice = "activate-device"
    case createNonce = "create-nonce"
    case listChallenges = "list-challenges"
    case answerChallenge = "answer-challenge"
    case setPushAddress = "set-push-address"
    case removeDevice = "remove-device"

    /// The HTTP method.
    package var method: String { entry.method }

    /// The path below `/api/v1`, with `{name}` for each variable segment.
    package var path: String { entry.path }

    /// An account needs one of these.
    package var scopes: Set<Scope> { entry.scopes }

    /// Whether a JSON body may be sent although none has to be.
    package var mayHaveBody: Bool { self == .unblockUser }

    /// Whether the request has a JSON body; where not, none or an empty object may be sent.
    package var hasBody: Bool {
        switch self {
        case .createNonce, .cancelSignIn, .unblockUser, .unlockUser, .createActivation: false
        default: method == "POST" || method == "PATCH" || method == "PUT"
        }
    }

    /// Whether it is a list, which is asked for by a query and answered page by page.
    package var isList: Bool { self == .listUsers || self == .listAudit }

    private var entry: (method: String, path: String, scopes: Set<Scope>) {
        switch self {
        case .startSignIn: ("POST", "/sign-ins", [.authenticate])
        case .readSignIn: ("GET", "/sign-ins/{id}", [.authenticate, .portal])
        case .answerSignIn: ("POST", "/sign-ins/{id}/answers", [.authenticate, .portal])
        case .cancelSignIn: ("POST", "/sign-ins/{id}/cancellation", [.authenticate, .portal])
        case .createUser: ("POST", "/users", [.manageUsers])
        case .listUsers: ("GET", "/users", [.manageUsers])
        case .readUser: ("GET", "/users/{user}", [.manageUsers, .portal])
        case .updateUser: ("PATCH", "/users/{user}", [.manageUsers])
        case .deleteUser: ("DELETE", "/users/{user}", [.manageUsers])
        case .setPassword: ("PUT", "/users/{user}/password", [.manageUsers])
        case .blockUser: ("POST", "/users/{user}/block", [.manageUsers])
        case .unblockUser: ("POST", "/users/{user}/unblock", [.manageUsers])
        case .unlockUser: ("POST", "/users/{user}/unlock", [.manageUsers])
        case .createBypass: ("POST", "/users/{user}/bypasses", [.manageUsers])
        case .deleteBypass: ("DELETE", "/users/{user}/bypasses", [.manageUsers])
        case .listFactors: ("GET", "/users/{user}/factors", [.manageUsers, .portal])
        case .createFactor: ("POST", "/users/{user}/factors", [.manageUsers, .portal])
        case .confirmFactor: ("POST", "/users/{user}/factors/{id}/confirmation", [.manageUsers, .portal])
        case .deleteFactor: ("DELETE", "/users/{user}/factors/{id}", [.manageUsers, .portal])
        case .resynchroniseFactor:
            ("POST", "/users/{user}/factors/{id}/resynchronisation", [.manageUsers, .portal])
        case .createActivation: ("POST", "/users/{user}/activations", [.manageUsers, .portal])
        case .readActivation: ("GET", "/users/{user}/activations/{id}", [.manageUsers, .portal])
        case .listAudit: ("GET", "/audit", [.readAudit])
        case .startPortalSignIn: ("POST", "/portal/sign-ins", [.portal])
        case .choosePortalFactor: ("POST", "/portal/sign-ins/{id}/factor", [.portal])
        case .endTicket: ("DELETE", "/portal/ticket", [.portal])
        case .activateDevice: ("POST", "/devices/activations", [.mobile])
        case .createNonce: ("POST", "/devices/nonces", [.mobile])
        case .listChallenges: ("POST", "/devices/requests/list-challenges", [.mobile])
        case .answerChallenge: ("POST", "/devices/requests/answer-challenge", [.mobile])
        case .setPushAddress: ("POST", "/devices/requests/set-push-address", [.mobile])
        case .removeDevice: ("POST", "/devices/requests/remove-device", [.mobile])
        }
    }
}
