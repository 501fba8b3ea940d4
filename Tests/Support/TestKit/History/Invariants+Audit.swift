// SPDX-License-Identifier: Apache-2.0

extension Invariants {
    /// I3: whoever was told of something done has its row in the audit.
    var unaudited: [Violation] {
        let rows = Dictionary(grouping: evidence.audit) { $0.signIn ?? "" }
        return operations.compactMap { operation in
            switch (operation.act, operation.outcome) {
            case (_, .told("approved", let signIn)):
                let isThere = rows[signIn, default: []].contains { $0.event == "otp.ok" || $0.event == "push.approved" }
                return isThere ? nil : Violation("I3", "the approval of \(signIn) has no row")
            case (.activation, .done):
                return has("device.activated", operation.person)
            case (.administration(let event), .done):
                return has(event, operation.person)
            default: return nil
            }
        }
    }

    private func has(_ event: String, _ person: String) -> Violation? {
        evidence.audit(of: person).contains { $0.event == event }
            ? nil : Violation("I3", "\(event) of \(person) was told and has no row")
    }

    /// I4: rows that were there once are there still, as they were, and no id stands twice.
    ///
    /// A sequence skips numbers of transactions that came to nothing, so a gap alone shows no loss; copies do.
    var alteredAudit: [Violation] {
        var found: [Violation] = []
        var rows: [Int: Evidence.AuditRow] = [:]
        for row in evidence.audit where rows.updateValue(row, forKey: row.id) != nil {
            found.append(Violation("I4", "two rows have the id \(row.id)"))
        }
        for copy in evidence.copies {
            guard let row = rows[copy.id] else {
                found.append(Violation("I4", "row \(copy.id) (\(copy.event)) is lost"))
                continue
            }
            if row.text != copy.text { found.append(Violation("I4", "row \(copy.id) was changed")) }
        }
        return found
    }

    /// R20, R33: nobody is let in by what was taken from them before. Rows of one person are written under that
    /// person's lock, so their ids tell the order.
    var decidedAfterwards: [Violation] {
        var found: [Violation] = []
        for (user, rows) in Dictionary(grouping: evidence.audit, by: \.user) {
            var (isBarred, isDisabled) = (false, false)
            var removed: Set<String> = []
            for row in rows {
                switch row.event {
                case "user.blocked", "user.deleted": isBarred = true
                case "user.unblocked": isBarred = false
                // Apart from a block: neither ends the other.
                case "user.updated": if let enabled = row.enabled { isDisabled = !enabled }
                case "factor.removed": if let factor = row.factor { removed.insert(factor) }
                case "otp.ok", "push.approved":
                    if isBarred || isDisabled || row.factor.map({ removed.contains($0) }) == true {
                        found.append(Violation("R20", "row \(row.id): \(user) was let in afterwards"))
                    }
                default: break
                }
            }
        }
        return found
    }
}
