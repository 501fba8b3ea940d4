// SPDX-License-Identifier: Apache-2.0
// The phone's own reading of the contract: it shares no types with the services, as a phone by somebody else would.
import Foundation

/// A sign-in that waits for this phone's owner.
package struct PhoneChallenge: Codable, Sendable, Equatable {
    package var id: String
    package var application: String
    package var clientAddress: String?
    package var createdAt: String
    package var expiresAt: String
    package var numberDigits: Int
    package var nonce: String
    package var canReportFraud: Bool
}

/// Who the phone belongs to, as the service said at activation.
package struct PhoneIdentity: Codable, Sendable, Equatable {
    package var deviceId: String
    package var userId: String
    package var userName: String
    package var accountName: String
    package var passcodeSecret: String?

    package init(
        deviceId: String, userId: String, userName: String, accountName: String, passcodeSecret: String? = nil
    ) {
        self.deviceId = deviceId
        self.userId = userId
        self.userName = userName
        self.accountName = accountName
        self.passcodeSecret = passcodeSecret
    }
}

struct ActivationBody: Encodable {
    var secret: String?
    var user: String?
    var code: String?
    let publicKey: String
    let deviceName: String
    let platform: String
    var pushAddress: String?
    let proof: String
}

struct AnswerBody: Encodable {
    let decision: String
    let number: String?
    let signature: String
}

struct PushAddressBody: Encodable {
    let pushAddress: String
}

struct NonceAnswer: Decodable {
    let nonce: String
}

struct ChallengeList: Decodable {
    let items: [PhoneChallenge]
}

struct StateAnswer: Decodable {
    let state: String
}

struct Problem: Decodable {
    let code: String?
    let detail: String?
}

/// JSON as this phone writes and reads it.
enum PhoneJSON {
    static func encode(_ body: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(body))
    }

    static func decode<Answer: Decodable>(_ type: Answer.Type, from bytes: [UInt8]) throws -> Answer {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw PhoneError.unexpectedAnswer("a body that is no \(type)")
        }
    }
}
