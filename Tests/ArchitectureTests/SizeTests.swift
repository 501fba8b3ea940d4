// SPDX-License-Identifier: Apache-2.0
import Testing

struct SizeTests {
    /// Over this a file says why, in ``explained``.
    private static let linesToExplain = 400
    private static let linesMax = 600
    private static let functionLinesMax = 70

    /// Files over 400 lines, each with the reason why it is one file.
    private static let explained: [String: String] = [:]

    @Test func `no file is over 600 lines, and those over 400 say why`() {
        for file in SourceTree.swift {
            #expect(file.lineCount <= Self.linesMax, "\(file.path) has \(file.lineCount) lines")
            if file.lineCount > Self.linesToExplain, Self.explained[file.path] == nil {
                Issue.record("\(file.path) has \(file.lineCount) lines: split it, or say why in SizeTests.swift")
            }
        }
        for path in Self.explained.keys {
            let lines = SourceTree.swift.first { $0.path == path }?.lineCount ?? 0
            #expect(lines > Self.linesToExplain, "\(path) needs no explanation any more")
        }
    }

    @Test func `no function is over 70 lines`() {
        for file in SourceTree.swift {
            for function in FunctionScanner.functions(in: file) where function.lineCount > Self.functionLinesMax {
                Issue.record("\(file.path):\(function.firstLine) \(function.name) has \(function.lineCount) lines")
            }
        }
    }

    @Test func `measures functions, and only those with a body`() {
        let text = """
            protocol P {
                func required(_ a: Int) -> Int
                init(b: [Int])
            }
            struct S: P {
                init(b: [Int]) { self.init(c: 1) }
                func required(
                    _ a: Int
                ) -> Int {
                    // }
                    "}".isEmpty ? [a].map { $0 }.count : 0
                }
            }
            """
        let found = FunctionScanner.functions(in: SourceFile(path: "S.swift", text: text))
        #expect(found.map(\.name) == ["init", "required"])
        #expect(found.map(\.lineCount) == [1, 6])
    }
}
