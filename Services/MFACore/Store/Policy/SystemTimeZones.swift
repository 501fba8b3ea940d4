// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFADomain
package import Primitives
import Synchronization

/// The time zones of this host's database.
package final class SystemTimeZones: TimeZones {
    package static let shared = SystemTimeZones()

    /// Zones that were asked for, since reading one is slow. A policy names a few; what is unknown is not kept.
    private let known = Mutex<[String: TimeZone]>([:])

    private init() {}

    package func offset(of zone: String, at time: Instant) -> Int? {
        let date = Date(timeIntervalSince1970: TimeInterval(time.seconds))
        return named(zone)?.secondsFromGMT(for: date)
    }

    /// Whether there is such a zone.
    package func knows(_ zone: String) -> Bool { named(zone) != nil }

    private func named(_ name: String) -> TimeZone? {
        if let zone = known.withLock({ $0[name] }) { return zone }
        // Foundation takes abbreviations and offsets too, which mean different things to different people.
        guard name == "UTC" || name.contains("/"), let zone = TimeZone(identifier: name) else { return nil }
        known.withLock { $0[name] = zone }
        return zone
    }
}
