// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The values that the code gives to labels of its metrics, by its source.
enum MetricLabels {
    /// Of labels that name what there is on a site (`instance`, `job`) or a configuration (`key`, `listener`, `lane`),
    /// nobody can say the values here.
    static let open: Set<String> = ["instance", "job", "key", "listener", "lane", "factor", "le"]

    /// The values of `label` of the metric that Prometheus shows as `metric`, without what it adds for the kind; nil
    /// when the code makes no such label.
    static func values(of label: String, metric: String) throws -> Set<String>? {
        switch (metric, label) {
        case ("mfa_authentication_decided", "state"):
            try cases(of: "SignInState", in: "Services/MFACore/Domain/SignIns/SignIn.swift").subtracting(["pending"])
        case ("mfa_alarm_raised", "alarm"):
            try cases(of: "Alarm", in: "Services/MFACore/Domain/Audit/AuditEvent.swift")
        case ("mfa_commit_settled", "status"): try documented("mfa.commit.settled")
        case ("mfa_http_requests", "service"), ("mfa_http_duration", "service"): Set(DeploymentTests.services)
        case ("mfa_http_requests", "method"), ("mfa_http_duration", "method"):
            ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "other"]
        case ("mfa_http_requests", "status"), ("mfa_http_duration", "status"): try statuses()
        case ("http_connections_refused", "reason"): try refusals()
        case ("mfa_door_shed", "reason"):
            try cases(of: "ShedReason", in: "Services/SDKService/Server/Capacity/TurnstileState.swift")
        case ("service_reloads", "outcome"): try made("outcome", of: "service.reloads")
        case ("mfa_door_calls", "state"): try made("state", of: "mfa.door.calls")
        case ("postgres_connections", "state"): try made("state", of: "postgres.connections")
        case ("postgres_errors", "code"):
            try words(#"case \.\w+(?:\([^)]*\))?: "([a-z_]+)""#, in: "Shared/Platform/Postgres/PostgresError.swift")
        default: nil
        }
    }

    /// Why a listener turns a connection away.
    static func refusals() throws -> Set<String> {
        let folder = "Shared/Platform/ServiceRuntime/Listeners"
        let objections = try cases(of: "ClientObjection", in: "\(folder)/ClientCertificates/ClientTrust.swift")
        let overruns = try cases(of: "Overrun", in: "\(folder)/ConnectionDeadlines.swift")
        let places = try words(#"return \([^()]*, "([a-z]+)"\)"#, in: "\(folder)/ListenerMetrics.swift")
        var told: Set<String> = []
        for file in SourceTree.shipped where file.path.hasPrefix(folder) {
            try told.formUnion(words(#"refused\(for: "([a-z]+)"\)"#, in: file.path))
        }
        // Whoever says nothing for long is closed without being refused anything.
        return objections.union(overruns).union(places).union(told).subtracting(["idle"])
    }

    /// The words in backquotes that docs/operating/metrics.md has for a metric, without names of labels and metrics.
    static func documented(_ metric: String) throws -> Set<String> {
        let row = SourceTree.text(of: "docs/operating/metrics.md").split(separator: "\n")
            .first { $0.hasPrefix("| `\(metric)` |") }
        let cells = try #require(row).split(separator: "|", omittingEmptySubsequences: false)
        return Set(cells[4].matches(of: #/`([^`]+)`/#).map { String($0.output.1) })
    }

    /// The raw values of an enum, by its source.
    private static func cases(of name: String, in path: String) throws -> Set<String> {
        let lines = SourceTree.text(of: path).split(separator: "\n").map { $0.drop { $0 == " " } }
        let start = try #require(lines.firstIndex { $0.contains("enum \(name): String") }, "\(path) has no \(name)")
        let body = lines[(start + 1)...].prefix { $0.hasPrefix("case ") || $0.hasPrefix("//") }
        var values: Set<String> = []
        for line in body where line.hasPrefix("case ") {
            for part in line.dropFirst("case ".count).split(separator: ",") {
                let quoted = part.split(separator: "\"", omittingEmptySubsequences: false)
                values.insert(quoted.count > 2 ? String(quoted[1]) : part.trimmingCharacters(in: .whitespaces))
            }
        }
        return values
    }

    /// The values of a label that stand beside the metric's name where it is made.
    private static func made(_ label: String, of metric: String) throws -> Set<String> {
        let name = metric.replacing(".", with: #"\."#)
        var found: Set<String> = []
        for file in SourceTree.shipped {
            let pattern = #"label: "\#(name)", dimensions: \[[^\]]*\("\#(label)", "([a-z_]+)"\)"#
            try found.formUnion(words(pattern, in: file.path))
        }
        return found
    }

    /// What the first group of `pattern` finds in a file.
    private static func words(_ pattern: String, in path: String) throws -> Set<String> {
        let found = SourceTree.text(of: path).matches(of: try Regex(pattern))
        return Set(found.compactMap { $0.output[1].substring.map(String.init) })
    }

    /// Statuses that a service answers with: those of errors, by the page about them, and those of success.
    private static func statuses() throws -> Set<String> {
        let errors = try words(#"\| `[a-z_]+` \| (\d{3}) \|"#, in: "docs/reference/errors.md")
        return errors.union(["200", "201", "204", "303"])
    }
}
