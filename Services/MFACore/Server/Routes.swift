// SPDX-License-Identifier: Apache-2.0
package import HTTPKit
package import Hummingbird
import MFAAPI
import MFACoreStore
import MFADomain
import Postgres
import Primitives
package import ServiceRuntime

/// Every URL of mfa-core's internal listener, on one screen.
package struct Routes: Sendable {
    let signIns: SignInHandlers
    let users: UserHandlers
    let bypasses: BypassHandlers
    let factors: FactorHandlers
    let audit: AuditHandlers
    let portal: PortalHandlers
    let devices: DeviceHandlers
    let decisions: DecisionHandlers
    let bundles: BundleHandlers
    let core: CoreServices

    /// The handlers over the rule with its stores; `hub` tells of decisions until `draining` begins.
    package init(core: CoreServices, rules: RuleConfiguration, hub: DecisionHub, draining: Draining) {
        self.core = core
        signIns = SignInHandlers(signIns: core.signIns)
        users = UserHandlers(users: core.users)
        bypasses = BypassHandlers(bypasses: core.bypasses)
        factors = FactorHandlers(
            factors: core.factors, issuer: rules.issuer, mobileURL: rules.mobileURL, random: SystemRandomSource())
        audit = AuditHandlers(
            audit: PostgresAuditReader(client: core.client), people: core.directory, domains: rules.domains,
            connections: core.client.transactionsMax)
        portal = PortalHandlers(portal: core.portal)
        devices = DeviceHandlers(devices: core.devices)
        bundles = BundleHandlers(signIns: signIns, digests: core.digests)
        decisions = DecisionHandlers(hub: hub, directory: core.directory, draining: draining)
    }

    /// The router of the internal listener; only sdk-service reaches it.
    package func router() -> Router<ServiceRequestContext> {
        let router = Router(context: ServiceRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.addEdge(service: MFACoreService.name, profile: .api)
        for operation in MFAAPI.Operation.allCases {
            let path = Paths.internal + operation.path
            router.on(RouterPath(path), method: .init(rawValue: operation.method) ?? .get) { request, context in
                let call = try await InternalCall(
                    request, operation: operation, context: context, digests: core.digests)
                return try await answer(call, request)
            }
        }
        router.get(RouterPath(Paths.decisions)) { _, context in try await decisions.stream(context) }
        router.post(RouterPath(Paths.signInStates)) { request, _ in try await decisions.states(request) }
        router.post(RouterPath(Paths.signInBundles)) { request, context in
            try await bundles.startSignIns(request, context)
        }
        router.get(RouterPath(Paths.ping)) { _, _ in Response(status: .noContent) }
        return router
    }

    private func answer(_ call: InternalCall, _ request: Request) async throws -> Response {
        switch call.operation {
        case .startSignIn: try await signIns.start(call)
        case .readSignIn: try await signIns.read(call)
        case .answerSignIn: try await signIns.answer(call)
        case .cancelSignIn: try await signIns.cancel(call)
        case .createUser: try await users.create(call)
        case .listUsers: try await users.list(call, query: request.rawQuery)
        case .readUser: try await users.read(call)
        case .updateUser: try await users.update(call)
        case .deleteUser: try await users.delete(call)
        case .setPassword: try await users.setPassword(call)
        case .blockUser: try await users.block(call)
        case .unblockUser: try await users.unblock(call)
        case .unlockUser: try await users.unlock(call)
        case .createBypass: try await bypasses.create(call)
        case .deleteBypass: try await bypasses.delete(call)
        case .listFactors: try await factors.list(call)
        case .createFactor: try await factors.create(call)
        case .confirmFactor: try await factors.confirm(call)
        case .deleteFactor: try await factors.delete(call)
        case .resynchroniseFactor: try await factors.resynchronise(call)
        case .createActivation: try await factors.createActivation(call)
        case .readActivation: try await factors.readActivation(call)
        case .listAudit: try await audit.list(call, query: request.rawQuery)
        case .startPortalSignIn: try await portal.start(call)
        case .choosePortalFactor: try await portal.choose(call)
        case .endTicket: try await portal.endTicket(call)
        case .activateDevice: try await devices.activate(call)
        case .createNonce: try await devices.createNonce(call)
        case .listChallenges: try await devices.listChallenges(call)
        case .answerChallenge: try await devices.answerChallenge(call)
        case .setPushAddress: try await devices.setPushAddress(call)
        case .removeDevice: try await devices.remove(call)
        }
    }
}

extension Request {
    /// The query's pairs as sent, still percent-encoded; the last of equal keys counts.
    fileprivate var rawQuery: [Substring: Substring] {
        var pairs: [Substring: Substring] = [:]
        for pair in (uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            pairs[Substring(parts[0])] = parts.count > 1 ? Substring(parts[1]) : ""
        }
        return pairs
    }
}
