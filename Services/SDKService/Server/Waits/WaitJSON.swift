// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import HTTPKit
import MFAAPI
package import NIOCore

/// The little of JSON that waiting needs to know; all else passes through unread.
package enum WaitJSON {
    private static let decoder = JSONDecoder()

    /// How a sign-in stands, out of mfa-core's answer.
    struct SignIn: Decodable {
        let id: String
        let state: String
        let nextStep: String?
    }

    static func signIn(in body: ByteBuffer) -> SignIn? {
        try? decoder.decode(SignIn.self, from: Data(body.readableBytesView))
    }

    static func states(in body: ByteBuffer) throws -> [SignInStatesResponse.Item] {
        try decoder.decode(SignInStatesResponse.self, from: Data(body.readableBytesView)).items
    }

    /// `waitSeconds` of a `POST /sign-ins`.
    ///
    /// The body is read only where the word stands in it, or an escape that might spell it: the passcode checks that
    /// make up the traffic pass unread.
    package static func waitSeconds(in body: ByteBuffer) throws -> Int {
        guard mayWait(body) else { return 0 }
        let request = try StrictJSON.decode(
            StartSignInRequest.self, from: body, keyPaths: StartSignInRequest.keyPaths)
        return try checked(request.waitSeconds ?? 0)
    }

    private static func mayWait(_ body: ByteBuffer) -> Bool {
        body.withUnsafeReadableBytes { bytes in
            bytes.indices.contains { index in
                switch bytes[index] {
                case UInt8(ascii: "\\"): true
                case UInt8(ascii: "w"): bytes[index...].starts(with: "waitSeconds".utf8)
                default: false
                }
            }
        }
    }

    /// `waitSeconds` of a `GET /sign-ins/{id}`: nothing else may stand in the query.
    package static func waitSeconds(inQuery query: String?) throws -> Int {
        guard let query, !query.isEmpty else { return 0 }
        let parts = query.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "waitSeconds" else {
            throw Problem(ErrorCode.invalidRequest, detail: "The query takes waitSeconds alone.")
        }
        let isNumber = (1...2).contains(parts[1].count) && parts[1].utf8.allSatisfy { (0x30...0x39).contains($0) }
        return try checked(isNumber ? Int(parts[1]) ?? -1 : -1)
    }

    private static func checked(_ seconds: Int) throws -> Int {
        guard (0...WaitLimits.waitSecondsMax).contains(seconds) else {
            throw Problem(
                ErrorCode.invalidRequest, detail: "waitSeconds: expected 0 to \(WaitLimits.waitSecondsMax).")
        }
        return seconds
    }
}
