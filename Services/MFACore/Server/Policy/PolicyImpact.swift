// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Primitives

/// What another policy would change, for whom: each person is asked what would become of them, by the old and the new.
struct PolicyImpact {
    /// One change that some people meet.
    struct Change: Encodable, Sendable, Equatable {
        let application: String
        /// The named network that they come from; nil for an address in none.
        let network: String?
        let before: String
        let after: String
        var people: Int
        /// Some of them.
        var such: [String]
    }

    /// Names shown of each change.
    private static let namesMax = 3

    private let (old, new): (Policy, Policy)
    private let applications: [String]
    private let places: [(name: String?, address: IPAddress?)]
    private let time: Instant
    private let digits: Int
    private var changes: [Key: Change] = [:]
    private(set) var peopleSeen = 0
    private(set) var peopleAffected = 0

    private struct Key: Hashable {
        let application: String
        let network: String?
        let before: String
        let after: String
    }

    /// - Parameters:
    ///   - applications: those of service accounts; the ones that either policy names come by themselves.
    ///   - digits: of the number to type where a policy says nothing.
    init(from old: Policy, to new: Policy, applications: [String], at time: Instant, digits: Int) {
        (self.old, self.new, self.time, self.digits) = (old, new, time, digits)
        let named = [old, new].flatMap { $0.document.lines }.flatMap { $0.conditions.applications ?? [] }
        self.applications = Set(applications + named).sorted()
        var places: [(name: String?, address: IPAddress?)] = [(nil, nil)]
        for (name, ranges) in new.document.networks.merging(old.document.networks, uniquingKeysWith: { new, _ in new })
            .sorted(by: { $0.key < $1.key })
        {
            if let range = ranges.first.flatMap({ IPRange($0) }) { places.append((name, range.lowest)) }
        }
        self.places = places
    }

    /// Adds a person, or a name that nobody has.
    mutating func add(_ user: User?, kinds: Set<FactorKind>) {
        if user != nil { peopleSeen += 1 }
        var isAffected = false
        for application in applications {
            for place in places {
                let question = PolicyQuestion(
                    user: user, kinds: kinds, application: application, address: place.address, time: time)
                let before = PolicyWords.outcome(old.decide(question), digits: digits)
                let after = PolicyWords.outcome(new.decide(question), digits: digits)
                guard before != after else { continue }
                isAffected = true
                note(Key(application: application, network: place.name, before: before, after: after), user)
            }
        }
        if isAffected, user != nil { peopleAffected += 1 }
    }

    private mutating func note(_ key: Key, _ user: User?) {
        var change =
            changes[key]
            ?? Change(
                application: key.application, network: key.network, before: key.before, after: key.after, people: 0,
                such: [])
        if let user {
            change.people += 1
            if change.such.count < Self.namesMax { change.such.append(user.username) }
        }
        changes[key] = change
    }

    /// Most people first.
    var list: [Change] {
        changes.values.sorted {
            ($1.people, $0.application, $0.network ?? "", $0.after)
                < ($0.people, $1.application, $1.network ?? "", $1.after)
        }
    }

    /// One sentence for each change.
    var sentences: [String] {
        list.map { change in
            let place = change.network.map { " from “\($0)”" } ?? ""
            let whom: String
            if change.people == 0 {
                whom = "names that nobody has are"
            } else {
                let such = change.such.joined(separator: ", ") + (change.people > change.such.count ? ", …" : "")
                whom = "\(PolicyWords.people(change.people)) (\(such)) \(change.people == 1 ? "is" : "are")"
            }
            return "\(change.application)\(place): \(whom) \(change.after); until now \(change.before)."
        }
    }
}
