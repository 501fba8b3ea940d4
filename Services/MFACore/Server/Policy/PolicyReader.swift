// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
package import MFADomain
import Primitives
import Yams

/// One thing that is wrong in a policy file, and where.
package struct PolicyFault: Error, Equatable, CustomStringConvertible {
    /// From 1; nil where the whole file is meant.
    package let line: Int?
    package let sentence: String

    package var description: String { line.map { "line \($0): \(sentence)" } ?? sentence }
}

/// A policy as a file (YAML; docs/operating/policy.md).
package enum PolicyFile {
    /// Bytes of a file at most.
    static let bytesMax = 256 * 1_024

    /// Reads a file and gathers every fault, so that its author mends them all at once.
    ///
    /// - Returns: the document, and what is wrong with it; the document counts only where nothing is.
    package static func read(
        _ text: String, domains: IdentityDomains
    ) -> (document: PolicyDocument, faults: [PolicyFault]) {
        PolicyReader.read(text, domains: domains)
    }
}

/// Reads one file, fault by fault.
private struct PolicyReader {
    private let domains: IdentityDomains
    private(set) var faults: [PolicyFault] = []
    private var document = PolicyDocument()

    private init(domains: IdentityDomains) {
        self.domains = domains
    }

    static func read(_ text: String, domains: IdentityDomains) -> (document: PolicyDocument, faults: [PolicyFault]) {
        var reader = PolicyReader(domains: domains)
        reader.read(text)
        return (reader.document, reader.faults.sorted { ($0.line ?? 0, $0.sentence) < ($1.line ?? 0, $1.sentence) })
    }

    private mutating func read(_ text: String) {
        do throws(PolicyFault) {
            readRoot(try PolicyYAML.compose(text))
        } catch {
            faults.append(error)
        }
    }

    private mutating func readRoot(_ root: Node) {
        guard let parts = mapping(root, "The policy", keys: ["networks", "hours", "defaults", "lines"]) else { return }
        if let node = parts["networks"] { readNetworks(node) }
        if let node = parts["hours"] { readHours(node) }
        if let node = parts["defaults"] { document.defaults = terms(node, "defaults") }
        if let node = parts["lines"] { readLines(node) }
        checkReach()
    }

    private mutating func readNetworks(_ node: Node) {
        guard let networks = mapping(node, "networks", keys: nil) else { return }
        if networks.count > PolicyDocument.namesMax {
            fault(node, "networks: at most \(PolicyDocument.namesMax) names.")
        }
        for (name, node) in networks {
            let ranges = texts(node, "networks.\(name)", max: PolicyDocument.rangesMax) ?? []
            for (text, node) in ranges where IPRange(text) == nil {
                fault(
                    node,
                    "networks.\(name): “\(text)” is no address, network or range; write 192.0.2.7, 192.0.2.0/24 or "
                        + "192.0.2.10-192.0.2.20.")
            }
            document.networks[name] = ranges.map(\.0)
        }
    }

    private mutating func readHours(_ node: Node) {
        guard let all = mapping(node, "hours", keys: nil) else { return }
        if all.count > PolicyDocument.namesMax { fault(node, "hours: at most \(PolicyDocument.namesMax) names.") }
        for (name, node) in all {
            let what = "hours.\(name)"
            guard let parts = mapping(node, what, keys: ["zone", "days", "from", "to"]) else { continue }
            for key in ["zone", "days", "from", "to"] where parts[key] == nil {
                fault(node, "\(what): \(key) is missing.")
            }
            var hours = WeeklyHours(timeZone: "UTC", days: [], fromMinute: 0, toMinute: 0)
            if let node = parts["zone"], let zone = text(node, "\(what).zone") {
                hours.timeZone = zone
                if !SystemTimeZones.shared.knows(zone) {
                    fault(node, "\(what).zone: “\(zone)” is no time zone; write one such as Europe/Berlin, or UTC.")
                }
            }
            for (day, node) in parts["days"].flatMap({ texts($0, "\(what).days", max: 7) }) ?? [] {
                guard let number = Self.days.firstIndex(of: day) else {
                    fault(node, "\(what).days: “\(day)” is no day; use \(Self.days.joined(separator: ", ")).")
                    continue
                }
                hours.days.append(number)
            }
            if let node = parts["from"] { hours.fromMinute = minute(node, "\(what).from") ?? 0 }
            if let node = parts["to"] { hours.toMinute = minute(node, "\(what).to") ?? 0 }
            if let node = parts["to"], hours.fromMinute == hours.toMinute, parts["from"] != nil {
                fault(node, "\(what): from and to are the same; for whole days write from 00:00 to 24:00.")
            }
            document.hours[name] = hours
        }
    }

    private mutating func readLines(_ node: Node) {
        guard case .sequence(let sequence) = node else {
            return fault(node, "lines: expected a list.")
        }
        if sequence.count > PolicyDocument.linesMax { fault(node, "lines: at most \(PolicyDocument.linesMax).") }
        var names: [String: Int] = [:]
        for node in sequence.prefix(PolicyDocument.linesMax) {
            guard let parts = mapping(node, "A line", keys: ["name", "when", "then"]) else { continue }
            var line = PolicyLine(name: "")
            if let node = parts["name"], let name = text(node, "name", max: 64) {
                line.name = name
                if let first = names.updateValue(Self.line(of: node) ?? 0, forKey: name) {
                    fault(node, "The name “\(name)” is that of the line at \(first) already.")
                }
            } else if parts["name"] == nil {
                fault(node, "A line has no name; the audit calls it by its name.")
            }
            if let node = parts["when"] { line.conditions = conditions(node, "“\(line.name)”, when") }
            if let node = parts["then"] {
                line.terms = terms(node, "“\(line.name)”, then")
            } else {
                fault(node, "“\(line.name)” says nothing: then is missing.")
            }
            document.lines.append(line)
            lineNumbers.append(Self.line(of: node))
        }
    }

    private var lineNumbers: [Int?] = []
    private static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    /// A line behind one that fits whenever it does would never decide: its author means something else.
    private mutating func checkReach() {
        for (index, line) in document.lines.enumerated() {
            guard let earlier = document.lines[..<index].firstIndex(where: { $0.conditions.cover(line.conditions) })
            else { continue }
            let place = lineNumbers[earlier].map { " (line \($0))" } ?? ""
            faults.append(
                PolicyFault(
                    line: lineNumbers[index],
                    sentence: "“\(line.name)” never decides: “\(document.lines[earlier].name)”\(place) comes first and "
                        + "fits whenever it does. Put the narrower one first."))
        }
    }
}

// What lines are made of.
extension PolicyReader {
    private mutating func conditions(_ node: Node, _ what: String) -> PolicyConditions {
        let keys = ["applications", "groups", "users", "networks", "outsideNetworks", "hours", "outsideHours"]
        guard let parts = mapping(node, what, keys: keys) else { return PolicyConditions() }
        var conditions = PolicyConditions()
        conditions.applications = parts["applications"].flatMap { names($0, "\(what).applications") }
        conditions.groups = parts["groups"].flatMap { names($0, "\(what).groups") }
        for (user, node) in parts["users"].flatMap({ texts($0, "\(what).users", max: PolicyDocument.listMax) }) ?? [] {
            guard let name = CanonicalName(user, domains: domains) else {
                fault(node, "\(what).users: nobody can have the name “\(user)”.")
                continue
            }
            conditions.users = (conditions.users ?? []) + [name.text]
        }
        conditions.networks = known(parts["networks"], "\(what).networks", "network", document.networks.keys)
        conditions.outsideNetworks = known(
            parts["outsideNetworks"], "\(what).outsideNetworks", "network", document.networks.keys)
        conditions.hours = known(parts["hours"], "\(what).hours", "hours", document.hours.keys)
        conditions.outsideHours = known(parts["outsideHours"], "\(what).outsideHours", "hours", document.hours.keys)
        return conditions
    }

    private mutating func terms(_ node: Node, _ what: String) -> PolicyTerms {
        let keys = [
            "action", "factors", "strength", "numberDigits", "timeoutSeconds", "trustedNetworks", "unknownUsers",
            "withoutFactorAllowedUntil",
        ]
        guard let parts = mapping(node, what, keys: keys) else { return PolicyTerms() }
        if case .mapping(let mapping) = node, mapping.isEmpty { fault(node, "\(what) says nothing.") }
        var terms = PolicyTerms()
        terms.action = parts["action"].flatMap { choice($0, "\(what).action") }
        terms.strength = parts["strength"].flatMap { choice($0, "\(what).strength") }
        if let node = parts["factors"], let kinds = texts(node, "\(what).factors", max: 16) {
            terms.factors = []
            for (kind, node) in kinds {
                guard let kind = FactorKind(rawValue: kind) else {
                    let known = FactorKind.allCases.map(\.rawValue).joined(separator: ", ")
                    fault(node, "\(what).factors: “\(kind)” is no kind of factor; use \(known).")
                    continue
                }
                if terms.factors?.contains(kind) == true {
                    fault(node, "\(what).factors: “\(kind.rawValue)” stands twice.")
                }
                terms.factors?.append(kind)
            }
        }
        if let strength = terms.strength, strength.kinds.isDisjoint(with: terms.factors ?? FactorKind.allCases) {
            fault(node, "\(what): none of these kinds reaches \(strength.rawValue), so that nobody could sign in.")
        }
        if let node = parts["numberDigits"] {
            terms.numberDigits = integer(node, "\(what).numberDigits", 0...8)
            if terms.numberDigits == 1 { fault(node, "\(what).numberDigits: use 0 for plain approval, or 2 to 8.") }
        }
        let timeouts = 10...Int(SignInSettings.timeoutMax.components.seconds)
        terms.timeoutSeconds = parts["timeoutSeconds"].flatMap { integer($0, "\(what).timeoutSeconds", timeouts) }
        terms.trustedNetworks = known(
            parts["trustedNetworks"], "\(what).trustedNetworks", "network", document.networks.keys)
        if let node = parts["unknownUsers"], let word = text(node, "\(what).unknownUsers") {
            if !["refuse", "allow"].contains(word) { fault(node, "\(what).unknownUsers: use refuse or allow.") }
            terms.allowsUnknownUsers = word == "allow"
        }
        if let node = parts["withoutFactorAllowedUntil"], let word = text(node, "\(what).withoutFactorAllowedUntil") {
            if let end = Instant(word) {
                terms.withoutFactor = .allowUntil(end)
            } else {
                fault(node, "\(what).withoutFactorAllowedUntil: expected a time such as 2027-01-31T00:00:00Z.")
            }
        }
        return terms
    }

    /// Names of things that the file itself has to define.
    private mutating func known(
        _ node: Node?, _ what: String, _ kind: String, _ defined: some Collection<String>
    ) -> [String]? {
        guard let node, let names = texts(node, what, max: PolicyDocument.namesMax) else { return nil }
        for (name, node) in names where !defined.contains(name) {
            fault(node, "\(what): there is no \(kind) “\(name)” in this file.")
        }
        return names.map(\.0)
    }

    private mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ node: Node, _ what: String
    ) -> Choice? where Choice.RawValue == String {
        guard let word = text(node, what) else { return nil }
        guard let choice = Choice(rawValue: word) else {
            fault(node, "\(what): use \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
            return nil
        }
        return choice
    }
}

// The shapes of YAML.
extension PolicyReader {
    private mutating func fault(_ node: Node, _ sentence: String) {
        faults.append(PolicyFault(line: Self.line(of: node), sentence: sentence))
    }

    /// - Parameter keys: those that are known; nil takes any name.
    private mutating func mapping(_ node: Node, _ what: String, keys: [String]?) -> [String: Node]? {
        guard case .mapping(let mapping) = node else {
            fault(node, "\(what): expected keys and values.")
            return nil
        }
        var parts: [String: Node] = [:]
        for (key, value) in mapping {
            guard let name = text(key, what, max: 64) else { continue }
            if let keys, !keys.contains(name) {
                fault(key, "\(what): “\(name)” is unknown; use \(keys.joined(separator: ", ")).")
                continue
            }
            parts[name] = value
        }
        return parts
    }

    private mutating func text(_ node: Node, _ what: String, max: Int = 256) -> String? {
        guard case .scalar(let scalar) = node else {
            fault(node, "\(what): expected a text.")
            return nil
        }
        let text = scalar.string
        let isClean = text.unicodeScalars.allSatisfy { ![.control, .format].contains($0.properties.generalCategory) }
        guard !text.isEmpty, isClean, text.unicodeScalars.count <= max else {
            fault(node, "\(what): use 1 to \(max) characters without control characters.")
            return nil
        }
        return text
    }

    private mutating func integer(_ node: Node, _ what: String, _ range: ClosedRange<Int>) -> Int? {
        guard let number = text(node, what).flatMap({ Int($0) }), range.contains(number) else {
            fault(node, "\(what): expected \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return number
    }

    private mutating func minute(_ node: Node, _ what: String) -> Int? {
        let parts = text(node, what)?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        if parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int(parts[0]),
            let minute = Int(parts[1]), (0..<60).contains(minute), (0..<24).contains(hour) || (hour, minute) == (24, 0)
        {
            return hour * 60 + minute
        }
        fault(node, "\(what): expected a time of day such as \"08:30\", in quotes.")
        return nil
    }

    private mutating func names(_ node: Node, _ what: String) -> [String]? {
        texts(node, what, max: PolicyDocument.listMax)?.map(\.0)
    }

    /// A list of texts, or one text for a list of one.
    private mutating func texts(_ node: Node, _ what: String, max: Int) -> [(String, Node)]? {
        guard case .sequence(let sequence) = node else {
            if case .scalar = node { return text(node, what).map { [($0, node)] } }
            fault(node, "\(what): expected a list.")
            return nil
        }
        guard (1...max).contains(sequence.count) else {
            fault(node, "\(what): expected 1 to \(max) values.")
            return nil
        }
        var found: [(String, Node)] = []
        for element in sequence { if let text = text(element, what) { found.append((text, element)) } }
        return found
    }

    private static func line(of node: Node) -> Int? { node.mark?.line }
}

extension PolicyConditions {
    /// Whether this fits wherever `other` does, as far as what is written shows it.
    func cover(_ other: PolicyConditions) -> Bool {
        func widens(_ own: [String]?, _ others: [String]?) -> Bool {
            own.map { own in others.map { Set($0).isSubset(of: own) } ?? false } ?? true
        }
        // What lies outside of fewer networks is more.
        func narrowsLess(_ own: [String]?, _ others: [String]?) -> Bool {
            own.map { own in others.map { Set(own).isSubset(of: $0) } ?? false } ?? true
        }
        return widens(applications, other.applications) && widens(groups, other.groups)
            && widens(users, other.users) && widens(networks, other.networks) && widens(hours, other.hours)
            && narrowsLess(outsideNetworks, other.outsideNetworks) && narrowsLess(outsideHours, other.outsideHours)
    }
}
