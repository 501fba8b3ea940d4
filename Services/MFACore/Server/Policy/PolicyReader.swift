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
struct PolicyReader {
    let domains: IdentityDomains
    var faults: [PolicyFault] = []
    private(set) var document = PolicyDocument()

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
