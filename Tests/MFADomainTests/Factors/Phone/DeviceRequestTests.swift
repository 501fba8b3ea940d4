// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import MFADomain
import Primitives
import Testing

/// R32, R33: who a phone's request comes from.
@Suite struct DeviceRequestTests {
    private struct Sent {
        var deviceID: String
        var nonce = "bm9uY2U"
        var method = "GET"
        var target = "/api/v1/challenges"
        var body: [UInt8] = []
        var signature: [UInt8] = []

        init(by device: FactorID) { deviceID = device.description }

        func signed(by phone: TestPhone) -> Self {
            var sent = self
            sent.signature = phone.sign(
                RequestMessage(method: method, target: target, body: body, deviceID: deviceID, nonce: nonce)?.bytes
                    ?? [])
            return sent
        }
    }

    private func authenticate(
        _ sent: Sent, in scene: inout PhoneScene, nonce: DeviceNonce?
    ) throws(Refusal) -> Factor {
        let request = SignedDeviceRequest(
            deviceID: sent.deviceID, nonce: sent.nonce, signature: sent.signature, method: sent.method,
            target: sent.target, body: sent.body)
        let rules = scene.rules
        return try scene.world.decide { personCase throws(Refusal) in
            try rules.authenticate(request, nonce: nonce, in: &personCase)
        }
    }

    private func nonce(_ scene: PhoneScene, seconds: Int64 = 60) -> DeviceNonce {
        DeviceNonce(bytes: [1, 2, 3], expiresAt: scene.world.now + .seconds(seconds))
    }

    @Test func `takes a signed request and spends its nonce`() throws {
        var scene = try PhoneScene()
        let sent = Sent(by: scene.device).signed(by: scene.phone)
        let factor = try authenticate(sent, in: &scene, nonce: nonce(scene))
        #expect(factor.id == scene.device)
        #expect(scene.world.spentNonces == [[1, 2, 3]])
    }

    @Test func `refuses a request that was changed after it was signed`() throws {
        var scene = try PhoneScene()
        let sent = Sent(by: scene.device).signed(by: scene.phone)
        var changed: [Sent] = []
        for change in [
            { $0.method = "DELETE" }, { $0.target = "/api/v1/device" }, { $0.target += "?" }, { $0.body = [0] },
            { $0.nonce = "b3RoZXI" }, { $0.signature = [] }, { $0.deviceID = $0.deviceID.uppercased() },
            { $0.target = "/api/v1/challenges\n" },
        ] as [(inout Sent) -> Void] {
            var copy = sent
            change(&copy)
            changed.append(copy)
        }
        changed.append(Sent(by: scene.device).signed(by: .bobs))
        for sent in changed {
            #expect(
                refusal { () throws(Refusal) in try authenticate(sent, in: &scene, nonce: nonce(scene)) }
                    == .unauthenticated)
        }
        #expect(scene.world.spentNonces.isEmpty)
    }

    @Test func `refuses a nonce that is not ours or late`() throws {
        var scene = try PhoneScene()
        let sent = Sent(by: scene.device).signed(by: scene.phone)
        for nonce in [nil, nonce(scene, seconds: 0), nonce(scene, seconds: -1)] {
            #expect(
                refusal { () throws(Refusal) in try authenticate(sent, in: &scene, nonce: nonce) } == .unauthenticated)
        }
    }

    // R33
    @Test func `refuses a removed phone, and one that never was`() throws {
        var scene = try PhoneScene()
        let sent = Sent(by: scene.device).signed(by: scene.phone)
        let stranger = Sent(by: SystemRandomSource().identifier()).signed(by: scene.phone)
        #expect(
            refusal { () throws(Refusal) in try authenticate(stranger, in: &scene, nonce: nonce(scene)) }
                == .unauthenticated)
        scene.world.factors = []
        #expect(
            refusal { () throws(Refusal) in try authenticate(sent, in: &scene, nonce: nonce(scene)) }
                == .unauthenticated)
    }

    // R27: a phone that may not approve any more can still say that something is wrong.
    @Test func `lets a disabled phone deny but not approve`() throws {
        var scene = try PhoneScene()
        let first = try scene.push()
        for index in scene.world.factors.indices { scene.world.factors[index].state = .disabled }
        let sent = Sent(by: scene.device).signed(by: scene.phone)
        let factor = try authenticate(sent, in: &scene, nonce: nonce(scene))
        #expect(factor.id == scene.device)
        #expect(try scene.approve(first) == .decided(.denied))
    }
}
