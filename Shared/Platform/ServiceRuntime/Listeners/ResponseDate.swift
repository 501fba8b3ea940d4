// SPDX-License-Identifier: Apache-2.0

package import Glibc
import Synchronization

/// The `Date` field of responses, as RFC 9110 §5.6.7 and §6.6.1 have it; written anew once a second.
package final class ResponseDate: Sendable {
    private let latest = Mutex((second: time_t.min, text: ""))

    package init() {}

    /// - Parameter second: since 1970; the present one without it.
    package func text(at second: time_t = time(nil)) -> String {
        latest.withLock { latest in
            if latest.second != second { latest = (second, Self.text(of: second)) }
            return latest.text
        }
    }

    /// The names of days and months are English: no program of ours asks for another locale.
    private static func text(of second: time_t) -> String {
        var (second, parts) = (second, tm())
        gmtime_r(&second, &parts)
        return String(unsafeUninitializedCapacity: 32) { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                guard let start = characters.baseAddress else { return 0 }
                return strftime(start, characters.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            }
        }
    }
}
