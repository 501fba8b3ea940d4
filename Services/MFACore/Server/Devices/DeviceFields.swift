// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import Foundation
package import HTTPKit
package import MFAAPI
package import MFADomain
package import Primitives

/// Parses what phones say.
package enum DeviceFields {
    /// What `POST /activations` says.
    package static func proposal(_ body: PhoneActivationRequest) throws(Problem) -> DeviceProposal {
        let credential: ActivationCredential
        switch (body.secret, body.user, body.code) {
        case (let secret?, nil, nil): credential = .secret(secret)
        case (nil, let user?, let code?): credential = .typed(user: user, code: code)
        default:
            throw Problem(ErrorCode.invalidRequest, detail: "Send either secret, or user and code.")
        }
        // A key that is none looks like a proof that does not verify: the caller is a stranger until then.
        guard let key = DevicePublicKey(base64URL: body.publicKey), let proof = Base64URL.decode(body.proof) else {
            throw Problem(ErrorCode.unauthenticated, reason: "not a P-256 public key, or the proof is not base64url")
        }
        guard let name = try UserFields.text(body.deviceName, "deviceName", max: 64),
            let platform = try UserFields.text(body.platform, "platform", max: 32)
        else { throw Problem(ErrorCode.invalidRequest, detail: "deviceName, platform: must not be empty.") }
        return DeviceProposal(
            credential: credential, publicKey: key, proof: proof, name: name, platform: platform,
            pushAddress: try UserFields.text(body.pushAddress, "pushAddress", max: 2048))
    }

    /// What `POST /challenges/{id}/answers` says.
    package static func answer(_ body: AnswerChallengeRequest) throws(Problem) -> ChallengeAnswer {
        guard let decision = DeviceDecision(rawValue: body.decision) else {
            throw Problem(ErrorCode.invalidRequest, detail: "decision: use approve, deny or fraud.")
        }
        var number: NumberEntry?
        if let text = body.number {
            guard let entry = NumberEntry(parsing: text) else {
                throw Problem(ErrorCode.invalidRequest, detail: "number: expected 2 to 8 digits.")
            }
            guard decision == .approve else {
                throw Problem(ErrorCode.invalidRequest, detail: "number: goes with approve only.")
            }
            number = entry
        }
        // Text that is no base64url is a signature like any other that does not verify, and audited as one.
        return ChallengeAnswer(
            decision: decision, number: number, signature: Base64URL.decode(body.signature) ?? [])
    }

    /// What `PUT /push-address` says.
    package static func pushAddress(_ body: PushAddressRequest) throws(Problem) -> String {
        guard let address = try UserFields.text(body.pushAddress, "pushAddress", max: 2048) else {
            throw Problem(ErrorCode.invalidRequest, detail: "pushAddress: use 1 to 2048 characters.")
        }
        return address
    }

    /// The challenge that `/api/v1/challenges/{id}/answers` names.
    package static func challengeID(of target: String) throws(Problem) -> SignInID {
        let parts = target.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].isEmpty, parts[1] == "api", parts[2] == "v1", parts[3] == "challenges",
            parts[5] == "answers", let id = SignInID(String(parts[4]))
        else { throw Problem(ErrorCode.notFound, reason: "a phone's answer to no challenge") }
        return id
    }
}
