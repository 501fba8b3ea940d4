// SPDX-License-Identifier: Apache-2.0
import MFACoreServer
import Testing

struct CSVTextTests {
    @Test func `values are quoted where they have to be, and drive neither terminal nor spreadsheet`() {
        let text = CSVText.text(
            ["a", "b"], rows: [["plain", nil], ["x, \"y\"", "=1+1"], ["line\nbreak\u{1B}[2J", "-1"], ["@a", "+b"]])
        let lines = [
            "a,b", "plain,", #""x, ""y""",'=1+1"#, #"line\u{a}break\u{1b}[2J,'-1"#, "'@a,'+b", "",
        ]
        #expect(text == lines.joined(separator: "\r\n"))
    }
}
