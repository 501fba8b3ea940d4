// SPDX-License-Identifier: Apache-2.0
internal import HTTPKit
internal import HTTPTypes
internal import Hummingbird

/// The sign-in's pages and forms.
struct SignInHandlers: Sendable {
    let service: SignInService
    let visits: Visits
    let desk: PageDesk

    /// `GET /`, and `GET /sign-in`, where a refused form leaves the browser.
    func show(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
        let visit = try await visits.look(request, context)
        if visit.person != nil { return desk.redirect(visit, to: PortalPaths.factors) }
        return try desk.page(visit) { SignInPage(page: $0) }
    }

    /// `POST /sign-in`
    func start(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
        let (visit, form) = try await visits.submission(request, context, names: ["user", "password"])
        let name = form["user"] ?? ""
        let outcome = try await service.start(name: name, password: form["password"] ?? "", address: visit.address)
        // A prompt left behind by going back would keep the next one from the phone.
        if let abandoned = visit.pending { await service.cancel(abandoned) }
        switch outcome {
        case .open(let pending):
            return desk.redirect(
                try await visits.begin(.signingIn(pending), after: visit), to: PortalPaths.choice)
        case .refused(.enrol): return try await refuse(visit, .enrol, name: name)
        case .refused, .wrongPasscode, .approved, .approvedElsewhere:
            // Nothing is approved by a password alone.
            return try await refuse(visit, .refused, name: name)
        }
    }

    /// `GET /sign-in/factor`
    func showChoice(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
        let visit = try await visits.look(request, context)
        guard let pending = visit.pending else { return desk.redirect(visit, to: PortalPaths.start) }
        return try desk.page(visit) { ChoicePage(page: $0, user: pending.name, factors: pending.factors) }
    }

    /// `POST /sign-in/factor`
    func choose(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
        let (visit, form) = try await visits.submission(request, context, names: ["factor"])
        guard let pending = visit.pending else { return try await refuse(visit, .signInFirst) }
        guard let factor = form["factor"], pending.factors.contains(factor) else {
            throw Problem(EdgeCode.invalidRequest, reason: "not one of the factors offered")
        }
        switch try await service.choose(factor, for: pending) {
        case .open(var pending):
            pending.factor = factor
            let visit = try await visits.change(visit, to: pending)
            return desk.redirect(visit, to: factor == "push" ? PortalPaths.wait : PortalPaths.passcode)
        case let outcome:
            return try await conclude(visit, pending, outcome)
        }
    }

    /// `GET /sign-in/passcode`
    func showPasscode(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
        let visit = try await visits.look(request, context)
        guard let pending = visit.pending, pending.factor == "passcode" else {
            return desk.redirect(visit, to: PortalPaths.start)
        }
        return try desk.page(visit) { PasscodePage(page: $0, user: pending.name) }
    }

    /// `POST /sign-in/passcode`
    func answer(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
        let (visit, form) = try await visits.submission(request, context, names: ["passcode"])
        guard let pending = visit.pending, pending.factor == "passcode" else {
            return try await refuse(visit, .signInFirst)
        }
        // People type codes in groups, as apps show them.
        let passcode = (form["passcode"] ?? "").filter { $0 != " " }
        let outcome = try await service.answer(passcode, for: pending)
        guard outcome == .wrongPasscode else { return try await conclude(visit, pending, outcome) }
        let alert = desk.text(SignInRefusal.refused.text, for: visit)
        return try desk.page(visit, status: .unauthorized) {
            PasscodePage(page: $0, user: pending.name, alert: alert)
        }
    }

    /// `POST /sign-in/cancellation`
    func cancel(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
        let (visit, _) = try await visits.submission(request, context)
        guard let pending = visit.pending else { return desk.redirect(visit, to: PortalPaths.start) }
        await service.cancel(pending)
        return desk.redirect(try await visits.end(visit), to: PortalPaths.start)
    }

    /// The end of a sign-in: a session of its own, or the first page again.
    func conclude(_ visit: Visit, _ pending: PendingSignIn, _ outcome: SignInOutcome) async throws -> Response {
        switch outcome {
        case .approved(let ticket):
            let person = SignedIn(name: pending.name, ticket: ticket)
            return desk.redirect(try await visits.begin(.signedIn(person), after: visit), to: PortalPaths.factors)
        case .refused(let refusal):
            return try await refuse(visit, refusal, name: pending.name)
        case .open, .wrongPasscode, .approvedElsewhere:
            return try await refuse(visit, .signInFirst, name: pending.name)
        }
    }

    /// 401 with the first page, the reason on it, and a fresh anonymous session.
    func refuse(_ visit: Visit, _ refusal: SignInRefusal, name: String? = nil) async throws -> Response {
        let visit = try await visits.end(visit)
        let alert = desk.text(refusal.text, for: visit)
        return try desk.page(visit, status: .unauthorized) { SignInPage(page: $0, alert: alert, user: name) }
    }
}
