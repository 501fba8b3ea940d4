// SPDX-License-Identifier: Apache-2.0

/// The first thing that is wrong with the audit: what, where, and in a sentence.
package struct AuditFault: Sendable, Equatable {
    /// How it is wrong; the names stand in reports.
    package enum Kind: String, Sendable {
        /// The chain does not begin where it has to.
        case headCut = "head_cut"
        /// Links are missing between others.
        case cut
        /// A link's row is gone.
        case missing
        /// A row is not what was chained.
        case changed
        /// A link is not what was written, though its row is.
        case linkChanged = "link_changed"
        /// A row stands where another one belongs.
        case reordered
        /// A row stands among chained ones and was never chained.
        case inserted
        /// Rows have waited too long for their links.
        case unchained
        /// The chain is shorter than it was when it was signed.
        case tailCut = "tail_cut"
        /// The chain is not the one that was signed.
        case rewritten
        /// A checkpoint was not signed by the key, or the chain was cut off without it.
        case badSignature = "bad_signature"
    }

    package let kind: Kind
    /// Which link of the chain.
    package let seq: Int64?
    /// Which row.
    package let row: Int64?
    package let sentence: String

    package init(_ kind: Kind, seq: Int64?, row: Int64?, _ sentence: String) {
        self.kind = kind
        self.seq = seq
        self.row = row
        self.sentence = sentence
    }
}
