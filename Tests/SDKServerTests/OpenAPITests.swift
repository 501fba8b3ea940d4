// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import MFAAPI
import Primitives
import Testing

/// docs/reference/openapi.yaml describes what is routed, and nothing else.
struct OpenAPITests {
    @Test func `every operation is described with its method, path and scopes, and no other`() throws {
        let described = try OpenAPI.load().operations.filter { $0.tag == "integrators" }
        #expect(described.count == Operation.allCases.count)
        for operation in Operation.allCases {
            let entry = try #require(described.first { $0.id == operation.rawValue }, "\(operation.rawValue)")
            #expect(entry.method == operation.method)
            #expect(entry.path == operation.path)
            #expect(entry.scopes == Set(operation.scopes.map(\.rawValue)))
            #expect((entry.body != nil) == (operation.hasBody || operation.mayHaveBody), "\(operation.rawValue)")
        }
    }

    @Test func `everything belongs to integrators or to phones, and ids are unique`() throws {
        let operations = try OpenAPI.load().operations
        #expect(Set(operations.map(\.tag)) == ["integrators", "phones"])
        #expect(Set(operations.map(\.id)).count == operations.count)
    }

    @Test func `every code is described, and no other`() throws {
        let codes = Set(ErrorCode.allCases.map(\.rawValue)).union(EdgeCode.allCases.map(\.rawValue))
        let described = try OpenAPI.load().problemCodes
        #expect(Set(described) == codes)
        #expect(described.count == codes.count)
    }

    @Test func `a request has the keys that are accepted`() throws {
        let properties = try OpenAPI.load().properties
        let requests: [(String, Set<String>)] = [
            ("StartSignIn", StartSignInRequest.keyPaths), ("AnswerSignIn", AnswerSignInRequest.keyPaths),
            ("CreateUser", CreateUserRequest.keyPaths), ("UpdateUser", UpdateUserRequest.keyPaths),
            ("SetPassword", SetPasswordRequest.keyPaths), ("BlockUser", BlockUserRequest.keyPaths),
            ("UnblockUser", UnblockUserRequest.keyPaths), ("CreateBypass", CreateBypassRequest.keyPaths),
            ("CreateFactor", CreateFactorRequest.keyPaths), ("ConfirmFactor", ConfirmFactorRequest.keyPaths),
            ("ResynchroniseFactor", ResynchroniseFactorRequest.keyPaths),
            ("StartPortalSignIn", StartPortalSignInRequest.keyPaths),
            ("ChoosePortalFactor", ChoosePortalFactorRequest.keyPaths),
            ("ActivateDevice", ActivateDeviceRequest.keyPaths), ("DeviceRequest", DeviceRequest.keyPaths),
            ("PhoneActivation", PhoneActivationRequest.keyPaths),
            ("AnswerChallenge", AnswerChallengeRequest.keyPaths), ("PushAddress", PushAddressRequest.keyPaths),
        ]
        for (name, keyPaths) in requests {
            #expect(properties[name] == keyPaths.filter { !$0.contains("[") && !$0.contains(".") }, "\(name)")
        }
        let bodies = Set(try OpenAPI.load().operations.compactMap(\.body))
        #expect(bodies == Set(requests.map(\.0)))
        #expect(properties["PhoneNumber"] == ["kind", "number"])
    }

    /// A stored property is a key: none of these types writes its keys otherwise.
    @Test func `an answer has the keys that are sent, and those always sent are required`() throws {
        let document = try OpenAPI.load()
        let now = Instant(seconds: 0)
        let answers: [(String, any Encodable)] = [
            ("SignIn", SignInResponse(id: "", state: "")),
            (
                "User",
                UserResponse(
                    id: "", username: "", displayName: nil, email: nil, phones: [], language: nil,
                    preferredFactor: nil, groups: [], enabled: true, blocked: false, blockedReason: nil,
                    blockedUntil: nil,
                    hasPassword: false, createdAt: now)
            ),
            (
                "Factor",
                FactorResponse(
                    id: "", kind: "", name: "", state: "", createdAt: now, lastUsedAt: nil, imported: false)
            ),
            ("CreatedFactor", CreateFactorResponse(id: "", state: "")),
            ("FactorState", FactorStateResponse(id: "", state: "", accepted: true)),
            (
                "CreatedActivation",
                CreateActivationResponse(id: "", activationURI: "", secret: "", code: "", expiresAt: now, qrSVG: "")
            ),
            ("Bypass", BypassResponse(expiresAt: now)), ("Activation", ActivationResponse(state: "")),
            ("Nonce", NonceResponse(nonce: "")),
            ("PhoneActivated", PhoneActivationResponse(deviceId: "", userId: "", userName: "", accountName: "")),
            (
                "Challenge",
                ChallengeResponse(
                    id: "", application: "", clientAddress: "", createdAt: "", expiresAt: now, numberDigits: 6,
                    nonce: "", canReportFraud: true)
            ),
            ("ChallengeAnswered", AnswerChallengeResponse(state: "")),
            ("UserPage", Page<UserResponse>(items: [], next: nil)),
            (
                "AuditRow",
                AuditRowResponse(id: 0, at: now, event: "", outcome: "", frontEnd: "", actor: "", detail: [:])
            ),
            ("AuditCallResult", AuditRowResponse.CallResult(number: nil, name: "")),
            ("AuditPage", Page<AuditRowResponse>(items: [], next: nil)),
        ]
        for (name, value) in answers {
            let children = Mirror(reflecting: value).children
            #expect(document.properties[name] == Set(children.compactMap(\.label)), "\(name)")
            let always = children.filter { !Self.isNil($0.value) }.compactMap(\.label)
            #expect(document.required[name] == Set(name.hasSuffix("Page") ? ["items", "next"] : always), "\(name)")
        }
    }

    private static func isNil(_ value: Any) -> Bool {
        let mirror = Mirror(reflecting: value)
        return mirror.displayStyle == .optional && mirror.children.isEmpty
    }
}
