// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Reading of the files that pages are made of.
enum PageFiles {
    /// Paths below `directory` with the given ending, sorted, relative to it.
    static func list(_ directory: String, ending: String) throws(PageError) -> [String] {
        do {
            return try FileManager.default.subpathsOfDirectory(atPath: directory).filter { $0.hasSuffix(ending) }
                .sorted()
        } catch {
            throw PageError(code: .directoryUnreadable, reason: "cannot read the folder “\(directory)”")
        }
    }

    static func read(_ path: String) throws(PageError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw PageError(code: .directoryUnreadable, reason: "cannot read the file “\(path)”")
        }
        return Array(data)
    }
}
