// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
import Primitives
import Testing

struct AuditChainTests {
    /// R86: the check values of the specification.
    @Test func `hashes as specified`() {
        let first = AuditChain.hash(
            after: AuditChain.start,
            row: #"{"ev":"otp.ok","seq":1,"ts":"2026-01-01T00:00:00.000Z","user":"alice"}"#.utf8)
        #expect(Hex.encode(first) == "f813640df5d8124efd5e9c4f8f152eff9608d5e047f883b4a4793baa45d76a49")
        let second = AuditChain.hash(
            after: first, row: #"{"ev":"otp.fail","seq":2,"ts":"2026-01-01T00:00:01.000Z","user":"bob"}"#.utf8)
        #expect(Hex.encode(second) == "be30a52617b3188f009739630544fe21590def42bf5df98f4b79d036be45fc44")
    }
}
