// SPDX-License-Identifier: Apache-2.0
import OneTimePassword
import Primitives

extension User {
    /// What the audit tells of a person's record; what has no value is absent.
    var auditFacts: [String: AuditChange.Value] {
        var facts: [String: AuditChange.Value] = ["username": .text(username), "enabled": .flag(isEnabled)]
        facts["displayName"] = displayName.map(AuditChange.Value.text)
        facts["email"] = email.map(AuditChange.Value.text)
        if !phones.isEmpty { facts["phones"] = .list(phones.map { "\($0.kind) \($0.number)" }) }
        facts["language"] = language.map(AuditChange.Value.text)
        facts["preferredFactor"] = (preferredFactor?.rawValue).map(AuditChange.Value.text)
        if !groups.isEmpty { facts["groups"] = .list(groups) }
        facts["blockedAt"] = (block?.at.description).map(AuditChange.Value.text)
        facts["blockedUntil"] = (block?.until?.description).map(AuditChange.Value.text)
        facts["blockedReason"] = (block?.reason).map(AuditChange.Value.text)
        facts["bypassUntil"] = (bypass?.expiresAt.description).map(AuditChange.Value.text)
        facts["bypassReason"] = (bypass?.reason).map(AuditChange.Value.text)
        facts["promptsBlockedAt"] = (promptsBlockedAt?.description).map(AuditChange.Value.text)
        facts["promptsSuspendedAt"] = (prompts.suspendedAt?.description).map(AuditChange.Value.text)
        if !remembered.isEmpty { facts["rememberedApprovals"] = .number(Int64(remembered.count)) }
        if password.verifier != nil { facts["password"] = .secret }
        facts.add(password.budget, failures: "passwordFailures", delay: "passwordDelayedUntil")
        return facts
    }
}

extension Factor {
    /// What the audit tells of a factor; what has no value is absent.
    var auditFacts: [String: AuditChange.Value] {
        var facts: [String: AuditChange.Value] = [
            "kind": .text(kind.rawValue), "name": .text(name), "state": .text(state.rawValue),
        ]
        if isImported { facts["imported"] = .flag(true) }
        facts.add(budget, failures: "failures", delay: "delayedUntil")
        switch mechanism {
        case .oneTimePassword(let password):
            facts["algorithm"] = .text(password.algorithm.rawValue)
            facts["digits"] = .number(Int64(password.digits))
            if case .time(let period) = password.movingFactor { facts["periodSeconds"] = .number(Int64(period)) }
            facts["secret"] = .secret
            facts["lastStep"] = password.lastStep.map(AuditChange.Value.number)
            if password.stepOffset != 0 { facts["stepOffset"] = .number(password.stepOffset) }
        case .device(let device):
            facts["platform"] = .text(device.platform)
            facts["publicKey"] = .text(Base64URL.encode(device.publicKey))
            // Whoever knows it can wake the phone.
            if device.pushAddress != nil { facts["pushAddress"] = .secret }
        case .recovery(let codes):
            facts["codes"] = .number(Int64(codes.remaining))
            facts["secret"] = .secret
        }
        return facts
    }
}

extension Activation {
    /// What the audit tells of an activation.
    var auditFacts: [String: AuditChange.Value] {
        ["state": .text(state.rawValue), "expiresAt": .text(expiresAt.description), "secret": .secret, "code": .secret]
    }
}

extension ServiceAccount {
    /// What the audit tells of an account; of its secrets the ids, which open nothing.
    package var auditFacts: [String: AuditChange.Value] {
        var facts: [String: AuditChange.Value] = ["name": .text(name), "scopes": .list(scopes)]
        facts["application"] = application.map(AuditChange.Value.text)
        if !networks.isEmpty { facts["networks"] = .list(networks) }
        facts["ratePerSecond"] = limits.ratePerSecond.map { AuditChange.Value.number(Int64($0)) }
        facts["concurrencyMax"] = limits.concurrencyMax.map { AuditChange.Value.number(Int64($0)) }
        facts["waitingMax"] = limits.waitingMax.map { AuditChange.Value.number(Int64($0)) }
        if !secrets.isEmpty { facts["secrets"] = .list(secrets.map(\.auditText)) }
        if !certificates.isEmpty { facts["certificates"] = .list(certificates.map(\.auditText)) }
        facts["disabledAt"] = (disabledAt?.description).map(AuditChange.Value.text)
        facts["removedAt"] = (removedAt?.description).map(AuditChange.Value.text)
        return facts
    }
}

extension ServiceAccount.Credential {
    fileprivate var auditText: String { endsAt.map { "\(name) until \($0)" } ?? name }
}

extension [String: AuditChange.Value] {
    /// The failures of an authenticator, where there are any.
    fileprivate mutating func add(_ budget: FailureBudget, failures: String, delay: String) {
        if budget.failures > 0 { self[failures] = .number(Int64(budget.failures)) }
        self[delay] = (budget.delayedUntil?.description).map(AuditChange.Value.text)
    }
}
