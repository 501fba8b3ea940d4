// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import MFAAPI
import MFADomain

/// The wire of one-time bypasses.
struct BypassHandlers: Sendable {
    let bypasses: BypassService

    func create(_ call: InternalCall) async throws -> Response {
        let body = try call.decode(CreateBypassRequest.self)
        let (reason, duration) = (try BypassFields.reason(body.reason), try BypassFields.duration(body.validSeconds))
        let keeping = Answers.keeping(.created) { (bypass: Bypass) in BypassResponse(expiresAt: bypass.expiresAt) }
        let answer = try await bypasses.issue(
            for: try call.parameter("user"), reason: reason, lasting: duration, caller: call.caller, keeping: keeping)
        return try Answers.response(answer, keeping)
    }

    func delete(_ call: InternalCall) async throws -> Response {
        try await bypasses.withdraw(of: try call.parameter("user"), caller: call.caller)
        return Response(status: .noContent)
    }
}
