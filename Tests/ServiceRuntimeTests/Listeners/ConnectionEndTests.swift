// SPDX-License-Identifier: Apache-2.0
import ServiceRuntime
import Testing

struct ConnectionEndTests {
    @Test func `runs what was wished for, once, and nothing that was cancelled`() async {
        let end = ConnectionEnd()
        await confirmation(expectedCount: 1) { runs in
            _ = end.whenOver { runs() }
            end.whenOver { runs() }.cancel()
            #expect(end.count == 1)
            end.come()
            end.come()
        }
        #expect(end.count == 0)
    }

    @Test func `a wish after the end runs at once and is not kept`() async {
        let end = ConnectionEnd()
        end.come()
        await confirmation(expectedCount: 1) { runs in _ = end.whenOver { runs() } }
        #expect(end.count == 0)
    }
}
