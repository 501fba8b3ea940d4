// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// The time of day at places, which the rule asks for and does not know itself.
package protocol TimeZones: Sendable {
    /// Seconds by which `zone` is ahead of UTC at `time`; nil for a zone that nobody knows.
    func offset(of zone: String, at time: Instant) -> Int?
}

/// A policy ready to decide: one version of a ``PolicyDocument``, its addresses read.
///
/// A version never changes, so that a copy of one is as good as the row it was read from.
package final class Policy: Sendable {
    /// 0 is the built-in policy, which says nothing.
    package let version: Int64
    package let document: PolicyDocument
    private let networks: [String: [IPRange]]
    private let zones: any TimeZones

    /// - Throws: ``UnreadablePolicy`` where a network or hours are named that are not there, or an address is none.
    package init(version: Int64, _ document: PolicyDocument, zones: any TimeZones) throws(UnreadablePolicy) {
        self.version = version
        self.document = document
        self.zones = zones
        var networks: [String: [IPRange]] = [:]
        for (name, texts) in document.networks {
            let ranges = texts.compactMap { IPRange($0) }
            guard ranges.count == texts.count else { throw UnreadablePolicy(what: "network \(name)") }
            networks[name] = ranges
        }
        self.networks = networks
        for line in document.lines {
            let names = [line.conditions.networks, line.conditions.outsideNetworks, line.terms.trustedNetworks]
            for name in names.compactMap({ $0 }).joined() where networks[name] == nil {
                throw UnreadablePolicy(what: "network \(name)")
            }
            for name in [line.conditions.hours, line.conditions.outsideHours].compactMap({ $0 }).joined()
            where document.hours[name] == nil {
                throw UnreadablePolicy(what: "hours \(name)")
            }
        }
        for name in document.defaults.trustedNetworks ?? [] where networks[name] == nil {
            throw UnreadablePolicy(what: "network \(name)")
        }
    }

    private init(builtIn zones: any TimeZones) {
        (version, document, networks, self.zones) = (0, PolicyDocument(), [:], zones)
    }

    /// What holds before anybody wrote a policy: every active factor may be asked, and one must be.
    package static let builtIn = Policy(builtIn: NoTimeZones())

    /// The first of these named networks that `address` lies in.
    func network(of names: [String], containing address: IPAddress?) -> String? {
        guard let address else { return nil }
        return names.first { name in networks[name]?.contains { $0.contains(address) } ?? false }
    }

    /// The first of these named hours that `time` lies in; a zone that nobody knows has no hours.
    func hours(of names: [String], containing time: Instant) -> String? {
        names.first { name in
            guard let hours = document.hours[name], let offset = zones.offset(of: hours.timeZone, at: time)
            else { return false }
            return hours.contain(time, offset: offset)
        }
    }
}

/// A stored policy that this program cannot read.
package struct UnreadablePolicy: Error, Sendable {
    /// The part that is wrong.
    package let what: String

    package init(what: String) {
        self.what = what
    }
}

private struct NoTimeZones: TimeZones {
    func offset(of zone: String, at time: Instant) -> Int? { nil }
}
