// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFAAPI
import Testing

/// A request with every member present, so that encoding it shows all its keys.
struct FullRequest: Sendable, CustomTestStringConvertible {
    let name: String
    let keyPaths: Set<String>
    let encoded: @Sendable () throws -> Data

    init<Request: APIRequest>(_ request: Request) {
        name = "\(Request.self)"
        keyPaths = Request.keyPaths
        encoded = { try JSONEncoder().encode(request) }
    }

    var testDescription: String { name }

    static let all: [FullRequest] = [
        .init(
            StartSignInRequest(
                user: "a", factor: "push", passcode: "1", application: "b", clientAddress: "c", waitSeconds: 1)),
        .init(AnswerSignInRequest(passcode: "1")),
        .init(SignInStatesRequest(ids: ["a"])),
        .init(
            CreateUserRequest(
                username: "a", displayName: "b", email: "c", phones: [.init(kind: "mobile", number: "+1")],
                language: "d", preferredFactor: "push", groups: ["e"], enabled: true)),
        .init(
            UpdateUserRequest(
                username: "a", displayName: .set("b"), email: .cleared,
                phones: [.init(kind: "mobile", number: "+1")], language: .set("d"), preferredFactor: .set("push"),
                groups: ["e"], enabled: true)),
        .init(SetPasswordRequest(password: "a")),
        .init(BlockUserRequest(reason: "a", durationSeconds: 60, untilUnblocked: false)),
        .init(UnblockUserRequest(reason: "a")),
        .init(CreateBypassRequest(validSeconds: 300, reason: "a")),
        .init(
            CreateFactorRequest(
                kind: "totp", name: "a", digits: 6, algorithm: "SHA1", periodSeconds: 30, counter: 0,
                secretBase32: "b", secretHex: "c")),
        .init(ConfirmFactorRequest(passcode: "1")),
        .init(ResynchroniseFactorRequest(passcodes: ["1", "2"])),
        .init(StartPortalSignInRequest(user: "a", password: "b", clientAddress: "c")),
        .init(ChoosePortalFactorRequest(factor: "push")),
        .init(ActivateDeviceRequest(body: "a", clientAddress: "b")),
        .init(
            DeviceRequest(
                deviceId: "a", nonce: "b", signature: "c", method: "GET", target: "/", body: "", clientAddress: "d")),
        .init(
            PhoneActivationRequest(
                secret: "a", user: "b", code: "c", publicKey: "d", deviceName: "e", platform: "f", pushAddress: "g",
                proof: "h")),
        .init(AnswerChallengeRequest(decision: "approve", number: "1", signature: "a")),
        .init(PushAddressRequest(pushAddress: "a")),
    ]
}

@Suite struct APIRequestTests {
    /// Every path in a JSON value, written as ``APIRequest/keyPaths`` writes them.
    private func paths(in value: Any, below path: String = "") -> Set<String> {
        if let object = value as? [String: Any] {
            return object.reduce(into: []) { all, member in
                let own = path.isEmpty ? member.key : "\(path).\(member.key)"
                all.formUnion(paths(in: member.value, below: own).union([own]))
            }
        }
        if let list = value as? [Any] {
            return list.reduce(into: ["\(path)[]"]) { all, item in
                all.formUnion(paths(in: item, below: "\(path)[]"))
            }
        }
        return []
    }

    // R73: an unknown key is refused, so a known one must be listed.
    @Test(arguments: FullRequest.all)
    func `lists exactly the key paths that a full request has`(request: FullRequest) throws {
        let written = paths(in: try JSONSerialization.jsonObject(with: request.encoded()))
        #expect(written == request.keyPaths)
    }

    @Test func `a page writes its cursor also when there is none`() throws {
        let page = Page(items: ["a"], next: nil)
        let text = String(decoding: try JSONEncoder().encode(page), as: UTF8.self)
        #expect(text.contains("\"next\":null"))
        #expect(try JSONDecoder().decode(Page<String>.self, from: Data(text.utf8)).next == nil)
    }
}
