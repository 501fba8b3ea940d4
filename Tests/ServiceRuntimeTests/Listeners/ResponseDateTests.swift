// SPDX-License-Identifier: Apache-2.0

import ServiceRuntime
import Testing

struct ResponseDateTests {
    // The example of RFC 9110 §5.6.7; the others are its neighbours in the calendar, by `date -u`.
    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (1_709_164_799, "Wed, 28 Feb 2024 23:59:59 GMT"),
        (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
    ])
    func `a date reads as RFC 9110 has it`(second: Int, text: String) {
        #expect(ResponseDate().text(at: second) == text)
    }

    @Test func `a second later it is another one, and before it the same again`() {
        let date = ResponseDate()
        #expect(date.text(at: 784_111_777) == date.text(at: 784_111_777))
        #expect(date.text(at: 784_111_778) == "Sun, 06 Nov 1994 08:49:38 GMT")
        #expect(date.text(at: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    }
}
