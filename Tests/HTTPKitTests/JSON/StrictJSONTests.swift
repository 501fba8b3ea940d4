// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import Primitives
import Testing

private struct Person: Codable, Equatable {
    struct Phone: Codable, Equatable {
        var kind: String
        var number: String
    }
    var user: String
    var wait: Int?
    var phones: [Phone]?

    static let keyPaths: Set<String> = ["user", "wait", "phones", "phones[]", "phones[].kind", "phones[].number"]
}

// R73
@Suite struct StrictJSONTests {
    private func read(_ text: String, limits: StrictJSON.Limits = .init()) -> Result<Person, Problem> {
        Result { () throws(Problem) in
            try StrictJSON.decode(Person.self, from: Array(text.utf8), keyPaths: Person.keyPaths, limits: limits)
        }
    }

    private func problem(_ text: String, limits: StrictJSON.Limits = .init()) -> (code: String, detail: String?)? {
        guard case .failure(let problem) = read(text, limits: limits) else { return nil }
        return (problem.code.rawValue, problem.detail)
    }

    @Test func `reads what the contract describes`() throws {
        let person = try read(#"{"user":"Zoë","wait":3,"phones":[{"kind":"mobile","number":"+15551230000"}]}"#).get()
        #expect(
            person
                == Person(user: "Zoë", wait: 3, phones: [.init(kind: "mobile", number: "+15551230000")]))
        #expect(try read(#"{"user":"a\u0000\ud83d\ude00"}"#).get().user == "a\0😀")
    }

    @Test func `names the key that is missing or wrong`() {
        #expect(problem("{}")?.detail == "The key “user” is missing.")
        #expect(problem(#"{"user":7}"#)?.detail == "The value of “user” has another type.")
        #expect(problem(#"{"user":null}"#)?.detail == "The value of “user” may not be null.")
        #expect(problem(#"{"user":"a","wait":"3"}"#)?.detail == "The value of “wait” has another type.")
        #expect(
            problem(#"{"user":"a","phones":[{"kind":"x","number":"1"},{"kind":"x"}]}"#)?.detail
                == "The key “phones[1].number” is missing.")
        #expect(problem(#"{"user":"a","role":"admin"}"#)?.detail == "The key “role” is not known.")
    }

    @Test(arguments: [
        #"{"user":["secret-4711"]}"#, #"{"user":{"secret-4711":1}}"#, #"{"user":"a","wait":"secret-4711"}"#,
        #"{"user":"secret-4711","user":"b"}"#, #"{"user":"secret-4711""#, #"{"user":"a","wait":471.1}"#,
        #"{"user":"a","wait":4711471147114711471147114711}"#,
    ])
    func `never repeats a value`(text: String) {
        let problem = problem(text)
        #expect(problem?.code == "invalid_request")
        #expect(problem?.detail?.contains("secret") == false)
        #expect(problem?.detail?.contains("471") == false)
    }

    @Test func `bounds the size`() {
        let text = #"{"user":"\#(String(repeating: "x", count: 100))"}"#
        #expect(problem(text, limits: .init(bytesMax: text.utf8.count)) == nil)
        #expect(problem(text, limits: .init(bytesMax: text.utf8.count - 1))?.code == "too_large")
    }

    @Test func `keeps the shapes of different bodies apart`() throws {
        struct Other: Codable { var code: String }
        _ = try read(#"{"user":"a"}"#).get()
        let other = try StrictJSON.decode(Other.self, from: Array(#"{"code":"1"}"#.utf8), keyPaths: ["code"])
        #expect(other.code == "1")
        #expect(throws: Problem.self) {
            try StrictJSON.decode(Other.self, from: Array(#"{"code":"1","user":"a"}"#.utf8), keyPaths: ["code"])
        }
    }
}
