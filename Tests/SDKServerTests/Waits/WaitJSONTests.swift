// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SDKServer
import Testing

struct WaitJSONTests {
    private func seconds(_ body: String) throws -> Int { try WaitJSON.waitSeconds(in: ByteBuffer(string: body)) }

    @Test func `reads waitSeconds however it is written`() throws {
        #expect(try seconds(#"{"user":"a","waitSeconds":55}"#) == 55)
        #expect(try seconds(#"{"user":"a","waitS\u0065conds":3}"#) == 3)
        #expect(try seconds(#"{"user":"a","waitSeconds":null}"#) == 0)
        #expect(try seconds(#"{"user":"waitSeconds"}"#) == 0)
    }

    /// A passcode check is not read here: what is wrong with it is for mfa-core to say.
    @Test(arguments: [#"{"user":"a"}"#, "nonsense", #"{"user":"a","user":"b"}"#])
    func `leaves alone what does not ask to wait`(body: String) throws {
        #expect(try seconds(body) == 0)
    }

    @Test(arguments: [
        #"{"user":"a","waitSeconds":56}"#, #"{"user":"a","waitSeconds":-1}"#,
        #"{"user":"a","waitSeconds":1,"waitSeconds":2}"#, #"{"user":"a","waitSeconds":1,"other":2}"#,
    ])
    func `refuses what is not right`(body: String) {  // R73
        #expect(throws: (any Error).self) { try seconds(body) }
    }

    @Test func `reads the query of a long poll`() throws {
        #expect(try WaitJSON.waitSeconds(inQuery: nil) == 0)
        #expect(try WaitJSON.waitSeconds(inQuery: "waitSeconds=7") == 7)
        for query in [
            "waitSeconds=", "waitSeconds", "waitSeconds=056", "waitSeconds=1&waitSeconds=2", "a=1", "waitSeconds=+1",
        ] {
            #expect(throws: (any Error).self, "\(query)") { try WaitJSON.waitSeconds(inQuery: query) }
        }
    }
}
