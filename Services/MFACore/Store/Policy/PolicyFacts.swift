// SPDX-License-Identifier: Apache-2.0
import Crypto
import MFADomain
import Primitives

/// A policy as the audit tells it: each of its parts as a text, and the hash of the file that it was made from, which
/// ties the version that is kept to the row (R87).
enum PolicyFacts {
    static func facts(of document: PolicyDocument, source: String) -> [String: AuditChange.Value] {
        var facts: [String: AuditChange.Value] = [
            "sourceSHA256": .text(Hex.encode(SHA256.hash(data: Array(source.utf8))))
        ]
        if document.defaults != PolicyTerms() { facts["defaults"] = .text(PolicyRow.text(document.defaults)) }
        for (name, ranges) in document.networks { facts["networks.\(name)"] = .list(ranges) }
        for (name, hours) in document.hours { facts["hours.\(name)"] = .text(PolicyRow.text(hours)) }
        // Their order decides, too.
        if !document.lines.isEmpty { facts["lines"] = .list(document.lines.map(\.name)) }
        for line in document.lines {
            facts["lines.\(line.name).when"] = .text(PolicyRow.text(line.conditions))
            facts["lines.\(line.name).then"] = .text(PolicyRow.text(line.terms))
        }
        return facts
    }
}
