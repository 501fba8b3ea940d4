// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Primitives
import ServiceRuntime
import Testing

struct LogFormatTests {
    private let time = Instant(seconds: 1_767_323_045)
    private let hostile = "a\nb\r\u{1B}[31m\u{202E}\u{2028}\u{0}\"\\\u{7F}\u{85}é😀"

    private func line(_ format: LogFormat, _ message: String, _ metadata: Logger.Metadata = [:]) -> String {
        format.line(time: time, level: .info, logger: "test", message: message, metadata: metadata)
    }

    @Test func `text has one line for people`() {
        let text = line(.text, "listening", ["port": "8442", "host": "127.0.0.1", "why": "a \"b\" c", "none": ""])
        #expect(
            text == """
                2026-01-02T03:04:05.000Z info test: listening host=127.0.0.1 none="" port=8442 why="a \\"b\\" c"

                """)
    }

    @Test func `JSON has sorted keys and nested metadata`() {
        let text = line(
            .json, "listening", ["port": "8442", "list": ["a", "b"], "host": "x", "more": ["z": "1", "y": "2"]])
        #expect(
            text == """
                {"level":"info","logger":"test","message":"listening","metadata":{"host":"x","list":["a","b"],\
                "more":{"y":"2","z":"1"},"port":"8442"},"time":"2026-01-02T03:04:05.000Z"}

                """)
    }

    @Test(arguments: LogFormat.allCases)
    func `nothing starts a new line, drives the terminal or turns the text around`(format: LogFormat) throws {
        let text = line(format, hostile, [hostile: .string(hostile), "list": [.string(hostile)]])
        #expect(text.hasSuffix("\n"))
        let body = text.dropLast()
        for scalar in body.unicodeScalars {
            #expect(scalar.value >= 0x20 && scalar.value != 0x7f)
            #expect(
                ![.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory))
        }
        #expect(body.contains("é😀"))
    }

    @Test func `JSON keeps the text`() throws {
        let text = line(.json, hostile, ["key": .string(hostile)])
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["message"] as? String == hostile)
        #expect((object["metadata"] as? [String: Any])?["key"] as? String == hostile)
    }

    @Test(arguments: LogFormat.allCases)
    func `a secret shows only its length`(format: LogFormat) {
        let text = line(format, "x", ["secret": .stringConvertible(SecretBytes(utf8: "hunter2"))])
        #expect(text.contains("SecretBytes(7 bytes)") && !text.contains("hunter2"))
    }

    @Test func `an endless value is cut`() {
        #expect(line(.text, String(repeating: "x", count: 100_000)).utf8.count < 10_000)
        #expect(line(.json, String(repeating: "x", count: 100_000)).utf8.count < 10_000)
    }
}
