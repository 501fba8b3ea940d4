// SPDX-License-Identifier: Apache-2.0

import ServiceRuntime
import Testing

/// R87: RFC 5424's form, in RFC 5425's frames.
struct SyslogMessageTests {
    private func frame(
        facility: Int = 13, severity: SyslogMessage.Severity = .notice, hostname: String? = "core1",
        application: String = "mfa-core", process: String? = "812", kind: String = "otp.ok", value: String = "v",
        text: String = "{}"
    ) -> [UInt8] {
        let message = SyslogMessage(
            facility: facility, severity: severity, timestamp: "2026-01-02T03:04:05.678901Z", hostname: hostname,
            application: application, process: process, kind: kind,
            element: .init(id: "x@32473", parameters: [(name: "p", value: value)]), text: Array(text.utf8))
        var buffer: [UInt8] = []
        message.appendFrame(to: &buffer)
        return buffer
    }

    private func message(of frame: [UInt8]) -> String {
        String(decoding: frame.drop { $0 != UInt8(ascii: " ") }.dropFirst(), as: UTF8.self)
    }

    @Test func `writes header, structured data and message in their order`() {
        #expect(
            message(of: frame(text: "{\"a\":1}"))
                == "<109>1 2026-01-02T03:04:05.678901Z core1 mfa-core 812 otp.ok [x@32473 p=\"v\"] \u{feff}{\"a\":1}")
    }

    // §6.2.1: facility × 8 + severity.
    @Test(arguments: [(0, SyslogMessage.Severity.alert, "<1>1 "), (4, .warning, "<36>1 "), (23, .notice, "<189>1 ")])
    func `numbers the priority`(facility: Int, severity: SyslogMessage.Severity, beginning: String) {
        #expect(message(of: frame(facility: facility, severity: severity)).hasPrefix(beginning))
    }

    // RFC 5425 §4.3: bytes are counted, not characters; the count is of the message alone.
    @Test func `frames count bytes`() throws {
        let two = frame(value: "é", text: "{\"u\":\"žluťoučký\"}") + frame(text: "")
        let space = try #require(two.firstIndex(of: UInt8(ascii: " ")))
        let count = try #require(Int(String(decoding: two[..<space], as: UTF8.self)))
        let second = two[(space + 1)...].dropFirst(count)
        #expect(Array(second) == frame(text: ""))
        #expect(!second.isEmpty && two.first != UInt8(ascii: "0"))
    }

    // §6.4: a message in UTF-8 begins with the byte order mark, an empty one too.
    @Test func `marks the message as UTF-8`() {
        #expect(Array(frame(text: "").suffix(4)) == [0x20, 0xef, 0xbb, 0xbf])
    }

    // §6.3.3
    @Test(arguments: [
        ("plain é", "plain é"), ("a\"b", "a\\\"b"), ("a\\b", "a\\\\b"), ("a]b", "a\\]b"), ("[a=b c", "[a=b c"),
        ("\\\"]", "\\\\\\\"\\]"), ("", ""),
    ])
    func `escapes what ends a value, and nothing else`(value: String, written: String) {
        #expect(message(of: frame(value: value)).contains(" [x@32473 p=\"\(written)\"] "))
    }

    // §6.2: fields are visible ASCII of a limited length; what is not there is a hyphen.
    @Test func `fields hold what they can`() {
        #expect(message(of: frame(hostname: nil, process: "")).contains(" - mfa-core - otp.ok "))
        #expect(message(of: frame(hostname: "a b\né")).contains("Z a?b?? mfa-core "))
        let long = String(repeating: "k", count: 300)
        let cut = message(of: frame(hostname: long, application: long, process: long, kind: long))
        #expect(cut.split(separator: " ").dropFirst(2).prefix(4).map(\.count) == [255, 48, 128, 32])
    }
}
