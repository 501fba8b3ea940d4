// SPDX-License-Identifier: Apache-2.0

extension Invariants {
    /// One request with a passcode.
    private struct Try {
        let operation: History.Operation
        let number: UInt64?
    }

    private func tries(on factor: String) -> [Try] {
        operations.compactMap { operation in
            guard case .passcode(factor, let number) = operation.act else { return nil }
            return Try(operation: operation, number: number)
        }
    }

    private var triedFactors: Set<String> {
        Set(
            operations.compactMap { operation in
                if case .passcode(let factor, _) = operation.act { factor } else { nil }
            })
    }

    /// I1: each time step and each counter is accepted at most once, ever, and so is each activation.
    var consumedTwice: [Violation] {
        var found: [Violation] = []
        for factor in triedFactors {
            let tries = tries(on: factor)
            let accepted = tries.filter { $0.operation.state == "approved" }
            for (number, same) in Dictionary(grouping: accepted, by: \.number) {
                let signIns = Set(same.compactMap(\.operation.signIn))
                guard signIns.count > 1 else { continue }
                let how = tries.filter { $0.number == number }.map { "\($0.operation)" }.joined(separator: "\n  ")
                found.append(
                    Violation("I1", "\(number.map { "\($0)" } ?? "?") of \(factor) opened \(signIns):\n  \(how)"))
            }
            // Whoever was not told may have been let in as well: there are never more rows than passcodes.
            let known = Set(tries.filter(\.operation.mayHaveWorked).compactMap(\.number))
            let rows = evidence.audit.filter { $0.event == "otp.ok" && $0.factor == factor }
            if rows.count > known.count {
                found.append(Violation("I1", "\(factor) was accepted \(rows.count) times for \(known.count) passcodes"))
            }
            if let stored = evidence.factors.first(where: { $0.id == factor }),
                let last = accepted.compactMap(\.number).max(), (stored.lastStep ?? -1) < Int(last)
            {
                found.append(Violation("I1", "\(last) of \(factor) was accepted and is not spent"))
            }
        }
        return found + activatedTwice
    }

    private var activatedTwice: [Violation] {
        let activations = operations.compactMap { operation -> (String, String)? in
            guard case .activation(let id) = operation.act, operation.mayHaveWorked else { return nil }
            return (id, operation.person)
        }
        return Dictionary(grouping: activations, by: \.1).compactMap { person, uses in
            let rows = evidence.audit(of: person).count { $0.event == "device.activated" }
            let ids = Set(uses.map(\.0))
            return rows > ids.count
                ? Violation("I1", "\(ids.count) activations of \(person) made \(rows) devices") : nil
        }
    }

    /// I5: what stands against a factor are wrong answers that somebody gave, and all of those that were looked at.
    var miscounted: [Violation] {
        var found: [Violation] = []
        for factor in evidence.factors {
            var failures = 0
            for row in evidence.audit(of: factor.user) { failures = Self.failures(after: row, of: factor, failures) }
            if failures != factor.failures {
                found.append(Violation("I5", "\(factor.id) has \(factor.failures) failures, the audit \(failures)"))
            }
            guard factor.kind != "device" else { continue }
            let tries = tries(on: factor.id)
            let wrong = Set(tries.filter { isWrong($0, among: tries) }.map(\.operation.attempt))
            let counted = evidence.audit(of: factor.user).count { $0.event == "otp.wrong_code" }
            if counted > wrong.count {
                found.append(Violation("I5", "\(factor.id): \(counted) wrong passcodes counted, \(wrong.count) given"))
            }
            let told = Set(
                tries.filter { $0.number == nil && $0.operation.state == "denied" }.compactMap(\.operation.signIn))
            let rows = Set(evidence.audit(of: factor.user).filter { $0.event.hasPrefix("otp.") }.compactMap(\.signIn))
            for signIn in told.subtracting(rows) {
                found.append(Violation("I5", "\(factor.id): the denial \(signIn) was not written"))
            }
        }
        return found
    }

    /// Whether it may be looked at and found wrong: other digits, or a passcode that is spent for certain, or from before
    /// one that is spent.
    private func isWrong(_ entry: Try, among tries: [Try]) -> Bool {
        guard entry.operation.mayHaveWorked else { return false }
        guard let number = entry.number else { return true }
        return tries.contains { other in
            guard let later = other.number, later >= number, other.operation.mayHaveWorked else { return false }
            if later == number, other.operation.state != "approved" || other.operation.signIn == entry.operation.signIn
            {
                return false
            }
            return entry.operation.ended.map { other.operation.invoked < $0 } ?? true
        }
    }

    private static func failures(after row: Evidence.AuditRow, of factor: Evidence.Factor, _ before: Int) -> Int {
        switch (row.event, factor.kind) {
        case ("user.unlocked", _): 0
        case ("push.approved", "device"): 0
        case ("push.wrong_number", "device"): before + 1
        case ("otp.ok", "totp"), ("otp.ok", "hotp"): 0
        case ("otp.wrong_code", "totp"), ("otp.replay", "totp"), ("otp.wrong_code", "hotp"), ("otp.replay", "hotp"):
            before + 1
        default: before
        }
    }

    /// I6: nobody was let in without a right and fresh passcode, or without approving on their phone.
    var letInWrongly: [Violation] {
        var found: [Violation] = []
        for factor in triedFactors {
            let accepted = tries(on: factor).filter { $0.operation.state == "approved" }
            for entry in accepted {
                guard let number = entry.number else {
                    found.append(Violation("I6", "\(factor) took a wrong passcode (\(entry.operation.attempt))"))
                    continue
                }
                let isStale = accepted.contains { other in
                    guard let earlier = other.number, let ended = other.operation.ended else { return false }
                    return earlier >= number && ended < entry.operation.invoked
                        && other.operation.signIn != entry.operation.signIn
                }
                if isStale { found.append(Violation("I6", "\(factor) took \(number) after it or a later one")) }
            }
        }
        let approvals = Set(
            operations.compactMap { operation -> String? in
                guard case .answer(let signIn, approves: true) = operation.act else { return nil }
                return operation.mayHaveWorked ? signIn : nil
            })
        for signIn in evidence.signIns where signIn.state == "approved" && signIn.factorKind == "device" {
            if !approvals.contains(signIn.id) {
                let answers = [true, false].map { History.Act.answer(signIn: signIn.id, approves: $0) }
                let told = operations.filter { answers.contains($0.act) }.map { "\($0.act) \($0.outcome ?? .unknown)" }
                found.append(Violation("I6", "nobody approved \(signIn.id), and it is approved: \(told)"))
            }
        }
        return found
    }

    /// I9: between two successes no more wrong guesses were looked at than there may be, nor sooner.
    var overGuessed: [Violation] {
        var found: [Violation] = []
        for factor in evidence.factors {
            var (failures, notBefore) = (0, 0)
            for row in evidence.audit(of: factor.user) {
                let next = Self.failures(after: row, of: factor, failures)
                guard next != failures else { continue }
                defer { failures = next }
                guard next > failures else {
                    notBefore = 0
                    continue
                }
                if next > bound.hardCap {
                    found.append(Violation("I9", "\(factor.id): guess \(next) was looked at (row \(row.id))"))
                }
                if row.at < notBefore {
                    found.append(Violation("I9", "\(factor.id): a guess was looked at too soon (row \(row.id))"))
                }
                guard next >= bound.softLimit else { continue }
                let doubled = bound.firstDelaySeconds << min(next - bound.softLimit, 30)
                // A row's time is that of its writing, a little after the decision.
                notBefore = row.at + min(doubled, bound.delayMaxSeconds) * 1_000_000 - 2_000_000
            }
        }
        return found
    }
}
