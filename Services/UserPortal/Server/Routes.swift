// SPDX-License-Identifier: Apache-2.0
package import HTTPKit
internal import HTTPTypes
internal import Hummingbird
internal import Pages
package import ServiceRuntime

/// Every address of user-portal, below each of its prefixes. GET changes nothing; every POST is a form of ours (R76).
package struct PortalRoutes: Sendable {
    /// `__Host-countersign`
    static let cookie = HostCookie("countersign")

    private let configuration: PortalSettings
    private let resources: PortalResources
    private let clients: PortalClients
    private let store: PostgresSessionStore
    private let draining: Draining

    package init(
        configuration: PortalSettings, resources: PortalResources, clients: PortalClients,
        store: PostgresSessionStore, draining: Draining
    ) {
        self.configuration = configuration
        self.resources = resources
        self.clients = clients
        self.store = store
        self.draining = draining
    }

    /// What answers requests.
    package var responder: PathPrefixes<ServiceRequestContext> {
        let paths = PortalPaths(prefixes: configuration.prefixes)
        let router = Router(context: ServiceRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.addEdge(service: "user-portal", profile: .pages)
        router.middlewares.add(ErrorPageMiddleware(resources: resources, paths: paths))

        let desk = PageDesk(resources: resources, cookie: Self.cookie)
        let visits = Visits(
            store: store, cookie: Self.cookie, paths: paths, strings: resources.templates.strings,
            forms: FormGuard(origin: configuration.origin))
        let service = SignInService(calls: clients.calls, waits: clients.waits, draining: draining)
        let signIn = SignInHandlers(service: service, visits: visits, desk: desk)
        let wait = WaitHandlers(service: service, visits: visits, desk: desk, signIn: signIn)
        let factors = FactorHandlers(calls: clients.calls, visits: visits, desk: desk, signIn: signIn)
        let recovery = RecoveryHandlers(factors: factors)
        let signOut = SignOutHandlers(calls: clients.calls, visits: visits, desk: desk)
        let files = PublicFileHandlers(files: resources.files)

        router.get("/", use: signIn.show)
        router.get("/sign-in", use: signIn.show)
        router.post("/sign-in", use: signIn.start)
        router.get("/sign-in/factor", use: signIn.showChoice)
        router.post("/sign-in/factor", use: signIn.choose)
        router.get("/sign-in/passcode", use: signIn.showPasscode)
        router.post("/sign-in/passcode", use: signIn.answer)
        router.get("/sign-in/wait", use: wait.show)
        router.post("/sign-in/wait", use: wait.look)
        router.post("/sign-in/cancellation", use: signIn.cancel)
        router.get("/factors", use: factors.list)
        router.get("/recovery", use: recovery.show)
        router.post("/recovery", use: recovery.create)
        router.post("/sign-out", use: signOut.signOut)
        router.get("/signed-out", use: signOut.showSignedOut)
        router.get("/public/{version}/{name}", use: files.show)
        return PathPrefixes(configuration.prefixes, around: router)
    }
}
