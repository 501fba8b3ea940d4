// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// Reads a file line by line, with no more of it in memory than a line and a block.
package struct LineReader {
    private static let blockBytes = 65_536

    private let path: String
    private let lineBytesMax: Int
    private let handle: FileHandle
    private var block = Data()
    /// How many lines were read.
    package private(set) var number = 0

    package init(path: String, lineBytesMax: Int) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw KeyError(
                .fileInaccessible, "Cannot read “\(path)”: \(String(cString: strerror(errno)).lowercased()).")
        }
        self.path = path
        self.lineBytesMax = lineBytesMax
        self.handle = handle
    }

    /// The next line without its end; nil when there is none. A last line without an end was not finished and does not
    /// count: whoever wrote it was stopped before anybody heard of it.
    package mutating func next() throws -> Data? {
        while true {
            if let end = block.firstIndex(of: UInt8(ascii: "\n")) {
                defer { block = block[(end + 1)...] }
                number += 1
                return block[block.startIndex..<end]
            }
            guard block.count <= lineBytesMax else {
                throw KeyError(.fileMalformed, "Line \(number + 1) of “\(path)” is longer than any of ours.")
            }
            guard let more = try read(), !more.isEmpty else { return nil }
            block = Data(block) + more
        }
    }

    private func read() throws(KeyError) -> Data? {
        do {
            return try handle.read(upToCount: Self.blockBytes)
        } catch {
            throw KeyError(.fileInaccessible, "Cannot read “\(path)”; it has to be a file.")
        }
    }
}
