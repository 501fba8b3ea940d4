// SPDX-License-Identifier: Apache-2.0

/// What a new person begins with where whoever makes them does not say otherwise. It counts at that moment alone: nobody
/// who is there already changes with it.
package struct NewPersonDefaults: Sendable, Equatable {
    package var language: String?
    package var preferredFactor: RequestedFactor?
    /// In order.
    package var groups: [String]
    package var isEnabled: Bool

    package init(
        language: String? = nil, preferredFactor: RequestedFactor? = nil, groups: [String] = [], isEnabled: Bool = true
    ) {
        self.language = language
        self.preferredFactor = preferredFactor
        self.groups = groups
        self.isEnabled = isEnabled
    }

    /// What the audit tells of them; what has no value is absent.
    package var auditFacts: [String: AuditChange.Value] {
        var facts: [String: AuditChange.Value] = ["enabled": .flag(isEnabled)]
        facts["language"] = language.map(AuditChange.Value.text)
        facts["preferredFactor"] = (preferredFactor?.rawValue).map(AuditChange.Value.text)
        if !groups.isEmpty { facts["groups"] = .list(groups) }
        return facts
    }
}
