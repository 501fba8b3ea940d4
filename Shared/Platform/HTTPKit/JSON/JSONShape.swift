// SPDX-License-Identifier: Apache-2.0

/// The keys that may stand in a body, made ready for a scan: a tree of objects and list elements.
///
/// Built from key paths such as `user`, `phones[]` and `phones[].number`. A key is known only where a path names it.
package struct JSONShape: Sendable {
    /// Keys of one object; a scan keeps those it has met in one machine word.
    static let keysMax = 64
    static let root = 0

    private struct Key {
        let name: [UInt8]
        let node: Int
    }

    private struct Node {
        var path: String
        var keys: [Key] = []
        var element: Int?
    }

    private var nodes = [Node(path: "")]

    /// - Precondition: no object has more than 64 keys.
    package init(keyPaths: Set<String>) {
        for path in keyPaths.sorted() {
            var node = Self.root
            for part in path.split(separator: ".") {
                var name = part
                var lists = 0
                while name.hasSuffix("[]") {
                    name.removeLast(2)
                    lists += 1
                }
                node = child(of: node, named: name)
                for _ in 0..<lists { node = element(of: node) }
            }
        }
    }

    private mutating func child(of node: Int, named name: Substring) -> Int {
        let bytes = Array(name.utf8)
        if let key = nodes[node].keys.first(where: { $0.name == bytes }) { return key.node }
        precondition(nodes[node].keys.count < Self.keysMax, "an object of the contract has at most 64 keys")
        let parent = nodes[node].path
        nodes.append(Node(path: parent.isEmpty ? String(name) : "\(parent).\(name)"))
        nodes[node].keys.append(Key(name: bytes, node: nodes.count - 1))
        return nodes.count - 1
    }

    private mutating func element(of node: Int) -> Int {
        if let element = nodes[node].element { return element }
        nodes.append(Node(path: nodes[node].path + "[]"))
        nodes[node].element = nodes.count - 1
        return nodes.count - 1
    }

    /// Position and node of the key with these bytes among the keys of `node`.
    func key(_ name: UnsafeBufferPointer<UInt8>, in node: Int) -> (position: Int, node: Int)? {
        for (position, key) in nodes[node].keys.enumerated() where key.name.count == name.count {
            if key.name.elementsEqual(name) { return (position, key.node) }
        }
        return nil
    }

    /// Whether an object may stand at `node`.
    func hasKeys(_ node: Int) -> Bool {
        !nodes[node].keys.isEmpty
    }

    /// The node of the elements of the list at `node`.
    func element(in node: Int?) -> Int? {
        node.flatMap { nodes[$0].element }
    }

    /// How the object at `node` is called in error texts; empty for the whole body.
    func path(of node: Int) -> String {
        nodes[node].path
    }
}
