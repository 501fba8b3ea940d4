// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import MFAAPI
import MFAClient
import NIOCore
import Synchronization
import Testing

struct MFAClientBundlesTests {
    private static let frames: [UInt8] = {
        var bytes: [UInt8] = []
        _ = CallFrame(number: 0, fields: [], body: [1]).write(to: &bytes)
        _ = CallFrame(number: 1, fields: [], body: [2]).write(to: &bytes)
        return bytes
    }()

    /// A copy that answers one call after the other, each with the copy's own status.
    private static func copy(_ status: UInt16, headers: HTTPFields = [:]) -> StandIn {
        StandIn { _, _ in
            Response(
                status: .ok, headers: headers,
                body: .init { writer in
                    for number in [UInt32(1), 0] {
                        var bytes: [UInt8] = []
                        _ = CallFrame(number: number, status: status, fields: [], body: []).write(to: &bytes)
                        for byte in bytes { try await writer.write(ByteBuffer(bytes: [byte])) }
                    }
                    try await writer.finish(nil)
                })
        }
    }

    private static func numbers(_ client: MFAClient) async throws -> [UInt32] {
        let numbers = Mutex<[UInt32]>([])
        try await client.bundle(path: "bundles", frames: frames, deadline: .seconds(10)) { answer in
            numbers.withLock { $0.append(answer.number) }
        }
        return numbers.withLock { $0 }
    }

    @Test func `answers are handed on as they come, however their bytes arrive`() async throws {
        try await Self.copy(200).run { url in
            try await withHTTPClient { http in
                let numbers = try await Self.numbers(MFAClient(http: http, urls: [url]))
                #expect(numbers == [1, 0])
            }
        }
    }

    @Test func `a copy that cannot serve, or is about to stop, rests, and the next bundle goes to another`()
        async throws
    {
        for (status, headers) in [(UInt16(503), HTTPFields()), (200, [.connection: "close"])] {
            let (ailing, sound) = (Self.copy(status, headers: headers), Self.copy(200))
            try await ailing.run { first in
                try await sound.run { second in
                    try await withHTTPClient { http in
                        let client = MFAClient(http: http, urls: [first, second])
                        for _ in 0..<4 { _ = try await Self.numbers(client) }
                    }
                }
            }
            #expect(ailing.heard.calls.count == 1 && sound.heard.calls.count == 3)
        }
    }

    @Test func `where nobody listens nothing was sent, and what breaks off is of unknown outcome`() async throws {
        let dead = try await deadURL()
        try await withHTTPClient { http in
            let client = MFAClient(http: http, urls: [dead])
            let error = await failure { () async throws(MFAClientError) in
                try await client.bundle(path: "x", frames: [], deadline: .seconds(10)) { _ in }
            }
            guard case .unreachable = error else { return #expect(Bool(false), "\(String(describing: error))") }
        }
        try await StandIn.cutting.run { url in
            try await withHTTPClient { http in
                let client = MFAClient(http: http, urls: [url])
                let error = await failure { () async throws(MFAClientError) in
                    try await client.bundle(path: "x", frames: Self.frames, deadline: .seconds(10)) { _ in }
                }
                guard case .unknownOutcome = error else { return #expect(Bool(false), "\(String(describing: error))") }
            }
        }
    }
}
