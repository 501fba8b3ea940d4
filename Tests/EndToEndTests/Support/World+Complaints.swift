// SPDX-License-Identifier: Apache-2.0
import TestKit

extension World {
    private static let linesMax = 12

    /// The latest warnings and errors of every copy, for whoever looks into a failure.
    var complaints: String {
        allCopies.map { copy in
            let lines = copy.log.lines().filter { line in
                if !line.hasPrefix("{") { return true }
                return ["warning", "error", "critical"].contains { line.contains("\"level\":\"\($0)\"") }
                    && !line.contains("\"message\":\"not ready\"") && !line.contains("NIST")
            }
            return lines.suffix(Self.linesMax).map { "\(copy.name): \($0)\n" }.joined()
        }.joined()
    }
}
