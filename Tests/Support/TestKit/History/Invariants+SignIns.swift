// SPDX-License-Identifier: Apache-2.0

internal import Crypto

extension Invariants {
    /// I2: every approval by phone stands on a signature that anybody can verify again: over this sign-in, this person
    /// and the number that was shown, by the key of a phone of that person.
    var unsigned: [Violation] {
        evidence.signIns.filter { $0.state == "approved" && $0.factorKind == "device" }.compactMap { signIn in
            fault(of: signIn).map { Violation("I2", "\(signIn.id): \($0)") }
        }
    }

    private func fault(of signIn: Evidence.SignIn) -> String? {
        guard let message = signIn.message, let signature = signIn.signature, let key = signIn.signingKey else {
            return "nothing signed is kept"
        }
        guard let publicKey = try? P256.Signing.PublicKey(derRepresentation: key),
            let parsed = try? P256.Signing.ECDSASignature(rawRepresentation: signature),
            publicKey.isValidSignature(parsed, for: message)
        else { return "the signature does not verify" }
        if let device = evidence.factors.first(where: { $0.id == signIn.factor }),
            device.publicKey != key || device.user != signIn.user
        {
            return "the key is not that of the person's phone"
        }
        // Purpose, sign-in, nonce, user, application, address, creation, decision, number (contract.md, Phones).
        let lines = String(decoding: message, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 9, lines[0] == "countersign-answer-v1", lines[1] == signIn.id, lines[7] == "approve",
            signIn.user.isEmpty || lines[3] == signIn.user
        else { return "the phone signed something else" }
        if let number = signIn.number, lines[8] != number { return "the phone signed another number" }
        return nil
    }

    /// I7: one login puts one prompt before one person.
    var promptedTwice: [Violation] {
        let prompts = operations.filter { $0.act == .prompt && $0.mayHaveWorked }
        var found: [Violation] = []
        for (person, attempts) in Dictionary(grouping: prompts, by: \.person) {
            let logins = Dictionary(grouping: attempts, by: \.attempt)
            for (attempt, tries) in logins {
                let signIns = Set(tries.compactMap(\.signIn))
                if signIns.count > 1 { found.append(Violation("I7", "\(attempt) began \(signIns)")) }
            }
            let started = evidence.audit(of: person).count { $0.event == "push.started" }
            if started > logins.count {
                found.append(Violation("I7", "\(logins.count) logins of \(person) brought \(started) prompts"))
            }
        }
        return found
    }

    /// I8: a sign-in has one final state, and whoever was told one was told that one; none is pending for ever.
    var undecided: [Violation] {
        var found: [Violation] = []
        let states = Dictionary(evidence.signIns.map { ($0.id, $0) }) { first, _ in first }
        var told: [String: Set<String>] = [:]
        for operation in operations {
            guard case .told(let state, let signIn) = operation.outcome, state != "pending" else { continue }
            told[signIn, default: []].insert(state)
        }
        for (id, heard) in told {
            guard heard.count == 1, let state = heard.first else {
                found.append(Violation("I8", "\(id) was told as \(heard.sorted())"))
                continue
            }
            if let stored = states[id]?.state, stored != state {
                found.append(Violation("I8", "\(id) was told as \(state) and is \(stored)"))
            }
        }
        for signIn in evidence.signIns where signIn.state == "pending" && signIn.secondsLate > 20 {
            found.append(Violation("I8", "\(signIn.id) is pending \(signIn.secondsLate) s after its time"))
        }
        let endings: Set = [
            "otp.ok", "push.approved", "push.denied", "push.denied.locked", "push.wrong_number", "push.expired",
            "push.cancelled", "push.fraud", "sign_in.expired", "sign_in.cancelled",
        ]
        let ends = evidence.audit.filter { endings.contains($0.event) && $0.signIn != nil }
        for (id, rows) in Dictionary(grouping: ends, by: \.signIn) where rows.count > 1 {
            found.append(Violation("I8", "\(id ?? "?") ended \(rows.count) times: \(rows.map(\.event))"))
        }
        return found
    }
}
