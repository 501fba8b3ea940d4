// SPDX-License-Identifier: Apache-2.0

/// `countersign-answer-v1`: the person's decision about one challenge, which is kept with its signature for ever.
package struct AnswerMessage: Sendable {
    /// What is signed.
    package let bytes: [UInt8]

    /// Nil when a value holds a line feed, or when a number goes with another decision than approval.
    ///
    /// The texts are those of the challenge, letter for letter; an absent `clientAddress` is the empty text, and
    /// `number` is nil where the challenge asks for none.
    package init?(
        challengeID: String, challengeNonce: String, userID: String, application: String, clientAddress: String,
        createdAt: String, decision: DeviceDecision, number: NumberEntry?
    ) {
        guard number == nil || decision == .approve else { return nil }
        let lines = [
            "countersign-answer-v1", challengeID, challengeNonce, userID, application, clientAddress, createdAt,
            decision.rawValue, number?.text ?? "",
        ]
        guard let bytes = SignedLines.bytes(of: lines) else { return nil }
        self.bytes = bytes
    }
}
