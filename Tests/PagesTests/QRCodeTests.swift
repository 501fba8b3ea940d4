// SPDX-License-Identifier: Apache-2.0
import Pages
import Testing

/// The dark modules of an SVG made of horizontal runs, quiet zone included.
private struct Drawing {
    let size: Int
    private(set) var dark: Set<[Int]> = []

    init(_ svg: String) throws {
        let box = try #require(svg.firstMatch(of: /viewBox="0 0 (\d+) (\d+)"/))
        size = try #require(Int(box.1))
        try #require(box.1 == box.2)
        for run in svg.matches(of: /M(\d+) (\d+)h(\d+)v1h-(\d+)z/) {
            try #require(run.3 == run.4)
            let (column, row, length) = try (
                #require(Int(run.1)), #require(Int(run.2)), #require(Int(run.3))
            )
            for offset in 0..<length { dark.insert([row, column + offset]) }
        }
    }

    func isDark(_ row: Int, _ column: Int) -> Bool { dark.contains([row, column]) }
}

@Suite struct QRCodeTests {
    /// ISO/IEC 18004 §6.3.3: dark 7×7 ring, light 5×5 ring, dark 3×3 centre.
    private func isFinder(_ drawing: Drawing, row: Int, column: Int) -> Bool {
        (0..<7).allSatisfy { down in
            (0..<7).allSatisfy { right in
                let ring = max(abs(down - 3), abs(right - 3))
                return drawing.isDark(row + down, column + right) == (ring != 2)
            }
        }
    }

    @Test(arguments: [
        "a", "otpauth://totp/Countersign:alice?secret=JBSWY3DPEHPK3PXP", String(repeating: "ü", count: 500),
    ])
    func `draws a symbol with three finders and a quiet zone`(text: String) throws {
        let drawing = try Drawing(#require(QRCode.svg(text)))
        let modules = drawing.size - 8
        // A symbol of version v has 17 + 4v modules a side (§6.3.1).
        #expect((modules - 17).isMultiple(of: 4))
        #expect(drawing.dark.allSatisfy { $0.allSatisfy { (4..<(4 + modules)).contains($0) } })
        #expect(isFinder(drawing, row: 4, column: 4))
        #expect(isFinder(drawing, row: 4, column: modules - 3))
        #expect(isFinder(drawing, row: modules - 3, column: 4))
        // Timing pattern (§6.3.5): light and dark by turns between the finders.
        for column in 12..<(modules - 4) {
            #expect(drawing.isDark(10, column) == column.isMultiple(of: 2))
        }
    }

    @Test func `uses error correction level M`() throws {
        let drawing = try Drawing(#require(QRCode.svg("level")))
        // §7.9: the first two format bits are 00 for M; the mask pattern 10101… turns them into 1 and 0.
        #expect(drawing.isDark(12, 4))
        #expect(!drawing.isDark(12, 5))
    }

    @Test func `other texts are other pictures, the same text the same`() throws {
        #expect(QRCode.svg("a") == QRCode.svg("a"))
        #expect(QRCode.svg("a") != QRCode.svg("b"))
    }

    @Test func `stands in a page under a strict policy and can be read aloud`() throws {
        let svg = try #require(QRCode.svg("a", label: "Scan \"this\" <now>"))
        #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" "))
        #expect(svg.contains("role=\"img\" aria-label=\"Scan &quot;this&quot; &lt;now&gt;\""))
        for word in ["style", "script", "href", "class", " on"] {
            #expect(!svg.contains(word))
        }
    }

    @Test func `has an end`() {
        // Version 40-M holds 2331 bytes (ISO/IEC 18004, table 7).
        #expect(QRCode.svg(String(repeating: "x", count: 2331)) != nil)
        #expect(QRCode.svg(String(repeating: "x", count: 2332)) == nil)
        #expect(QRCode.svg("") == nil)
    }
}
