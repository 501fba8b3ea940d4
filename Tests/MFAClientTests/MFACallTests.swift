// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import MFAAPI
import MFAClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct MFACallTests {
    @Test func `a problem is told as one`() async throws {
        let json = """
            {"type":"urn:countersign:problem:too_many_requests","title":"Too many.","status":429,\
            "code":"too_many_requests","requestId":"r"}
            """
        let other = StandIn(json: json, status: .tooManyRequests, headers: [.retryAfter: "9"])
        try await other.run { url in
            try await withHTTPClient { http in
                let client = MFAClient(http: http, urls: [url])
                let error = await failure { () throws(MFAClientError) in try await client.users.read("a") }
                guard case .problem(let problem, let seconds) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(problem.code == "too_many_requests")
                #expect(seconds == 9)
            }
        }
    }

    @Test(arguments: [HTTPResponse.Status.ok, .badGateway])
    func `an answer that is neither is an error that repeats nothing of it`(
        status: HTTPResponse.Status
    ) async throws {
        let other = StandIn(json: #"{"id":"1","state":"unconfirmed","secretBase32":17, "s3cret":"#, status: status)
        try await other.run { url in
            try await withHTTPClient { http in
                let client = MFAClient(http: http, urls: [url])
                let error = await failure { () throws(MFAClientError) in
                    try await client.factors.create("s3cret", CreateFactorRequest(kind: "totp", secretHex: "s3cret"))
                }
                guard case .malformedAnswer(status.code, _) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(!"\(String(describing: error))".contains("s3cret"))
            }
        }
    }
}
