// SPDX-License-Identifier: Apache-2.0

/// Something a service cannot work without, such as a writable database.
package struct ReadinessCheck: Sendable {
    /// Stands in the answer of `/readyz`.
    package let name: String
    /// Looks once; an answer after ``Readiness/timeout`` counts as none.
    package let run: @Sendable () async -> ReadinessVerdict

    package init(_ name: String, run: @escaping @Sendable () async -> ReadinessVerdict) {
        self.name = name
        self.run = run
    }
}

/// What a check found.
package enum ReadinessVerdict: Equatable, Sendable {
    case ready
    /// `code` is for programs and stable, such as `database_unavailable`; `detail` is for operators, without secrets.
    case notReady(code: String, detail: String)
}

/// What `/readyz` answers.
package struct ReadinessReport: Equatable, Sendable {
    /// The verdict on one check.
    package struct Entry: Equatable, Sendable {
        package let name: String
        package let verdict: ReadinessVerdict
    }

    /// Whether the service is stopping, which makes it not ready whatever the checks say.
    package let isDraining: Bool
    package let entries: [Entry]

    /// Whether requests should be sent here.
    package var isReady: Bool { !isDraining && entries.allSatisfy { $0.verdict == .ready } }

    /// Codes of everything that is wrong, such as `database_unavailable`.
    package var codes: [String] {
        (isDraining ? ["draining"] : [])
            + entries.compactMap { entry in
                if case .notReady(let code, _) = entry.verdict { code } else { nil }
            }
    }

    /// The JSON body, keys in alphabetical order.
    package var json: String {
        let checks = entries.map { entry in
            switch entry.verdict {
            case .ready: "{\"name\":\(LogText.json(entry.name)),\"ready\":true}"
            case .notReady(let code, let detail):
                "{\"code\":\(LogText.json(code)),\"detail\":\(LogText.json(detail)),"
                    + "\"name\":\(LogText.json(entry.name)),\"ready\":false}"
            }
        }
        return "{\"checks\":[\(checks.joined(separator: ","))],\"draining\":\(isDraining),\"ready\":\(isReady)}\n"
    }
}
