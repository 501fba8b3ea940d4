// SPDX-License-Identifier: Apache-2.0
import MFADomain
import Yams

/// The shapes of YAML.
extension PolicyReader {
    mutating func fault(_ node: Node, _ sentence: String) {
        faults.append(PolicyFault(line: Self.line(of: node), sentence: sentence))
    }

    /// - Parameter keys: those that are known; nil takes any name.
    mutating func mapping(_ node: Node, _ what: String, keys: [String]?) -> [String: Node]? {
        guard case .mapping(let mapping) = node else {
            fault(node, "\(what): expected keys and values.")
            return nil
        }
        var parts: [String: Node] = [:]
        for (key, value) in mapping {
            guard let name = text(key, what, max: 64) else { continue }
            if let keys, !keys.contains(name) {
                fault(key, "\(what): “\(name)” is unknown; use \(keys.joined(separator: ", ")).")
                continue
            }
            parts[name] = value
        }
        return parts
    }

    mutating func text(_ node: Node, _ what: String, max: Int = 256) -> String? {
        guard case .scalar(let scalar) = node else {
            fault(node, "\(what): expected a text.")
            return nil
        }
        let text = scalar.string
        let isClean = text.unicodeScalars.allSatisfy { ![.control, .format].contains($0.properties.generalCategory) }
        guard !text.isEmpty, isClean, text.unicodeScalars.count <= max else {
            fault(node, "\(what): use 1 to \(max) characters without control characters.")
            return nil
        }
        return text
    }

    mutating func integer(_ node: Node, _ what: String, _ range: ClosedRange<Int>) -> Int? {
        guard let number = text(node, what).flatMap({ Int($0) }), range.contains(number) else {
            fault(node, "\(what): expected \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return number
    }

    mutating func minute(_ node: Node, _ what: String) -> Int? {
        let parts = text(node, what)?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        if parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int(parts[0]),
            let minute = Int(parts[1]), (0..<60).contains(minute), (0..<24).contains(hour) || (hour, minute) == (24, 0)
        {
            return hour * 60 + minute
        }
        fault(node, "\(what): expected a time of day such as \"08:30\", in quotes.")
        return nil
    }

    mutating func names(_ node: Node, _ what: String) -> [String]? {
        texts(node, what, max: PolicyDocument.listMax)?.map(\.0)
    }

    /// A list of texts, or one text for a list of one.
    mutating func texts(_ node: Node, _ what: String, max: Int) -> [(String, Node)]? {
        guard case .sequence(let sequence) = node else {
            if case .scalar = node { return text(node, what).map { [($0, node)] } }
            fault(node, "\(what): expected a list.")
            return nil
        }
        guard (1...max).contains(sequence.count) else {
            fault(node, "\(what): expected 1 to \(max) values.")
            return nil
        }
        var found: [(String, Node)] = []
        for element in sequence { if let text = text(element, what) { found.append((text, element)) } }
        return found
    }

    static func line(of node: Node) -> Int? { node.mark?.line }
}
