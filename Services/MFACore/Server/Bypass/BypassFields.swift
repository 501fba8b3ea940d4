// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import MFAAPI
import MFADomain

/// Parses what is said of a bypass, over HTTP and on the command line.
enum BypassFields {
    static func reason(_ given: String) throws(Problem) -> String {
        guard let reason = try UserFields.text(given, "reason", max: 200) else {
            throw Problem(ErrorCode.invalidRequest, detail: "reason: use 1 to 200 characters.")
        }
        return reason
    }

    static func duration(_ seconds: Int?) throws(Problem) -> Duration {
        let seconds = seconds ?? Bypass.seconds
        guard Bypass.secondsRange.contains(seconds) else {
            throw Problem(
                ErrorCode.invalidRequest,
                detail:
                    "validSeconds: expected \(Bypass.secondsRange.lowerBound) to \(Bypass.secondsRange.upperBound).")
        }
        return .seconds(seconds)
    }
}
