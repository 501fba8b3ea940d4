// SPDX-License-Identifier: Apache-2.0
import Foundation

/// docs/reference/openapi.yaml, read line by line: it is kept in a form that makes this enough.
struct OpenAPI {
    struct Operation: Equatable {
        let path: String
        let method: String
        var id = ""
        var tag = ""
        var scopes: Set<String> = []
        var body: String?
    }

    private(set) var operations: [Operation] = []
    /// The keys of each schema that is an object.
    private(set) var properties: [String: Set<String>] = [:]
    /// The keys that must be there.
    private(set) var required: [String: Set<String>] = [:]
    private(set) var problemCodes: [String] = []

    static func load() throws -> OpenAPI {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized
        return OpenAPI(try String(contentsOf: root.appending(path: "docs/reference/openapi.yaml"), encoding: .utf8))
    }

    init(_ text: String) {
        var section = ""
        var room = ""
        var name = ""
        for line in text.split(separator: "\n") where !line.drop(while: { $0 == " " }).hasPrefix("#") {
            let indent = line.prefix { $0 == " " }.count
            let content = line.dropFirst(indent)
            let key = String(content.prefix { $0 != ":" })
            switch indent {
            case 0: section = key
            case 2: room = section == "paths" ? String(content.dropLast()) : key
            case 4: name = key
            default: break
            }
            if section == "paths" {
                readPath(room, indent, key, content)
            } else if section == "components", room == "schemas" {
                readSchema(name, indent, key, content)
            }
        }
    }

    private mutating func readPath(_ path: String, _ indent: Int, _ key: String, _ content: Substring) {
        if indent == 4, ["get", "post", "put", "patch", "delete"].contains(key) {
            operations.append(Operation(path: path, method: key.uppercased()))
        }
        guard let last = operations.indices.last else { return }
        let value = content.dropFirst(key.count + 1).trimmingCharacters(in: .whitespaces)
        switch (indent, key) {
        case (6, "operationId"): operations[last].id = value
        case (6, "tags"): operations[last].tag = Self.list(value).first ?? ""
        case (6, "x-scopes"): operations[last].scopes = Set(Self.list(value))
        case (12, "schema") where operations[last].body == nil && content.contains("schemas/"):
            operations[last].body = content.split(separator: "/").last.map { String($0.prefix { $0 != "'" }) }
        default: break
        }
    }

    private mutating func readSchema(_ name: String, _ indent: Int, _ key: String, _ content: Substring) {
        if indent == 6, key == "required" {
            required[name] = Set(Self.list(content.dropFirst(10).trimmingCharacters(in: .whitespaces)))
        }
        guard indent == 8 else { return }
        if name == "ProblemCode" {
            problemCodes.append(String(content.dropFirst(2)))
        } else {
            properties[name, default: []].insert(key)
        }
    }

    private static func list(_ value: String) -> [String] {
        value.dropFirst().dropLast().split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
