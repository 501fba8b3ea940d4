// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import Hummingbird
import Logging
import MFAAPI
import Primitives
import ServiceRuntime

/// Decides who may come in, and for what (architecture.md §2).
///
/// | step | refusal | audit |
/// |---|---|---|
/// | budget of account and address | 429 | summed |
/// | name and secret, certificate, both of one account; the network called from | 401 | summed |
/// | accounts cannot be read | 503 | none |
/// | scope of the operation | 403 | a row at once |
///
/// Every refusal but 503 carries `WWW-Authenticate`, by which a service of ours tells it from an answer of mfa-core.
package struct Doorman: Sendable {
    private let book: AccountBook
    private let budget: FailureBudget
    private let tally: RefusalTally
    private let audit: any DoorAudit
    private let sheds: ShedLog?

    /// - Parameters:
    ///   - sheds: names addresses from which too many wrong credentials come.
    ///   - now: the monotonic clock of the budget; tests pass their own.
    package init(
        book: AccountBook, audit: any DoorAudit, tally: RefusalTally, sheds: ShedLog? = nil,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.book = book
        self.audit = audit
        self.tally = tally
        self.sheds = sheds
        budget = FailureBudget(failuresMax: Limits.failuresMax, window: Limits.failureWindow, now: now)
    }

    /// The account behind a request, if it may do `operation`.
    func admit(
        _ request: Request, to operation: Operation, target: OperationTarget, context: DoorContext
    ) async throws -> DoorAccount {
        let account = try await authenticate(request.headers[.authorization], peer: context.peerAddress)
        let verdict = ScopeVerdict(
            account.scopes, operation: operation, user: target.user, hasTicket: request.headers[.ticket] != nil)
        guard case .refused(let reason) = verdict else { return account }
        context.logger.notice(
            "forbidden",
            metadata: [
                "account": "\(account.name)", "operation": "\(operation.rawValue)", "reason": "\(reason.rawValue)",
            ])
        do {
            try await audit.append([
                .forbidden(
                    account.name, operation: operation.rawValue, reason: reason, peer: context.peerAddress,
                    requestID: context.requestID)
            ])
        } catch {
            throw Problem(ErrorCode.unavailable, reason: "a refusal could not be audited: \(error)")
        }
        throw Problem(ErrorCode.forbidden, asksForCredentials: true)
    }

    private func authenticate(_ field: String?, peer: String) async throws -> DoorAccount {
        guard let claim = DoorClaim(field, PeerIdentity.current) else {
            tally.count(.missing, name: "", peer: peer)
            throw Self.refused
        }
        let key = "\(peer) \(claim.name)"
        if let wait = budget.wait(for: key) {
            tally.count(.throttled, name: claim.name, peer: peer)
            sheds?.noteThrottled(name: claim.name, address: peer)
            throw Problem(
                ErrorCode.tooManyRequests, retryAfterSeconds: Int(wait.components.seconds) + 1,
                asksForCredentials: true)
        }
        let refusal: CredentialRefusal
        switch try await verdict(on: claim, from: IPAddress(parsing: peer)) {
        case .accepted(let account): return account
        case .refused(let reason): refusal = reason
        }
        budget.recordFailure(key)
        tally.count(refusal, name: claim.name, peer: peer)
        throw Self.refused
    }

    private func verdict(on claim: DoorClaim, from peer: IPAddress?) async throws -> CredentialVerdict {
        if let fault = claim.fault { return .refused(fault) }
        do {
            let verdict = CredentialVerdict(claim, from: peer, among: try await book.recent())
            if case .accepted = verdict { return verdict }
            // Nobody is turned away because of a record that may be old.
            return CredentialVerdict(claim, from: peer, among: try await book.fresh())
        } catch {
            throw Problem(ErrorCode.unavailable, reason: "accounts cannot be read: \(error)")
        }
    }

    private static var refused: Problem { Problem(ErrorCode.unauthenticated, asksForCredentials: true) }
}
