// SPDX-License-Identifier: Apache-2.0
internal import Crypto
internal import Foundation
internal import Primitives

/// Style sheets, scripts and pictures, read once at start and addressed by their content.
package struct PublicFiles: Sendable {
    /// One file as it is served.
    package struct File: Sendable {
        package let bytes: [UInt8]
        package let contentType: String
        /// The beginning of its SHA-256, which stands in its address: other content is another address.
        package let version: String
    }

    /// What pages refer to.
    package static let required = ["portal.css", "portal.js", "logo.svg"]

    /// Ends of file names that are served, and as what.
    private static let contentTypes = [
        "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
        "png": "image/png", "woff2": "font/woff2",
    ]

    private let files: [String: File]

    /// Reads the files of one folder; those that a page would miss are named in the error.
    package init(directory: String) throws(ResourceFault) {
        var files: [String: File] = [:]
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        for name in names {
            let ending = name.split(separator: ".").last.map(String.init) ?? ""
            guard let contentType = Self.contentTypes[ending],
                let data = FileManager.default.contents(atPath: directory + "/" + name)
            else { continue }
            let version = Hex.encode(SHA256.hash(data: data).prefix(8))
            files[name] = File(bytes: Array(data), contentType: contentType, version: version)
        }
        let missing = Self.required.filter { files[$0] == nil }
        guard missing.isEmpty else {
            throw ResourceFault("cannot read \(missing.joined(separator: ", ")) in the folder “\(directory)”")
        }
        self.files = files
    }

    /// A file by name.
    package subscript(name: String) -> File? { files[name] }

    /// Where a file is found, below the portal's own path.
    package func path(of name: String) -> String {
        "/public/\(files[name]?.version ?? "-")/\(name)"
    }
}

/// What is wrong with the installed resources, in a sentence for operators.
package struct ResourceFault: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
