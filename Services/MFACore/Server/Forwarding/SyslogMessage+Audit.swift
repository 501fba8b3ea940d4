// SPDX-License-Identifier: Apache-2.0
package import MFACoreStore
import MFADomain
import Primitives
package import ServiceRuntime

extension SyslogMessage {
    /// The number is the one that RFC 5612 keeps for documents: the project has none of its own registered.
    private static let elementID = "countersign@32473"
    private static let program = "mfa-core"

    /// A row of the audit as one message; its text is the row's canonical JSON, with which the hash can be checked.
    package init(_ content: ForwardedRow.Content, of row: ForwardedRow, facility: Int) {
        var parameters = [
            (name: "seq", value: String(row.seq)), (name: "id", value: String(row.id)),
            (name: "hash", value: Hex.encode(row.hash)), (name: "outcome", value: content.outcome),
            (name: "actor", value: content.actor),
        ]
        let optional = [
            ("reason", content.reason), ("user", content.userGiven), ("application", content.application),
            ("client", content.clientAddress),
        ]
        for (name, value) in optional {
            if let value { parameters.append((name: name, value: value)) }
        }
        let origin = Self.origin(of: content.instance ?? "")
        self.init(
            facility: facility, severity: Self.severity(of: content), timestamp: content.at, hostname: origin.host,
            application: Self.program, process: origin.process, kind: content.event,
            element: Element(id: Self.elementID, parameters: parameters), text: content.canonical)
    }

    private static func severity(of content: ForwardedRow.Content) -> Severity {
        if AuditEvent.Alarm(rawValue: content.event) != nil { return .alert }
        return ["denied", "refused"].contains(content.outcome) ? .warning : .notice
    }

    /// An instance is called by its host and, where a service wrote the row, its process.
    private static func origin(of instance: String) -> (host: String?, process: String?) {
        guard let colon = instance.lastIndex(of: ":") else { return (instance, nil) }
        return (String(instance[..<colon]), String(instance[instance.index(after: colon)...]))
    }
}
