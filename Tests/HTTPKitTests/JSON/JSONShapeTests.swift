// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import NIOCore
import Testing

@Suite struct JSONShapeTests {
    private func accepts(_ text: String, _ keyPaths: Set<String>) -> Bool {
        do {
            try StrictJSON.check(ByteBuffer(string: text), shape: JSONShape(keyPaths: keyPaths))
            return true
        } catch {
            return false
        }
    }

    @Test func `knows a key only where a path names it`() {
        let paths: Set<String> = ["answers", "answers[]", "answers[].question", "answers[].question.id"]
        #expect(accepts(#"{"answers":[{"question":{"id":1}}]}"#, paths))
        #expect(!accepts(#"{"question":{"id":1}}"#, paths))
        #expect(!accepts(#"{"answers":{"question":1}}"#, paths))
        #expect(!accepts(#"{"answers":[{"id":1}]}"#, paths))
    }

    @Test func `lists within lists have their own elements`() {
        let paths: Set<String> = ["rows[][].x"]
        #expect(accepts(#"{"rows":[[{"x":1}],[]]}"#, paths))
        #expect(!accepts(#"{"rows":[{"x":1}]}"#, paths))
    }

    @Test func `an object without known keys must be empty`() {
        #expect(accepts("{}", []))
        #expect(!accepts(#"{"a":1}"#, []))
    }

    @Test func `tells 64 keys apart`() {
        let names = (0..<64).map { "k\($0)" }
        let members = names.map { #""\#($0)":0"# }.joined(separator: ",")
        #expect(accepts("{\(members)}", Set(names)))
        for name in names {
            #expect(!accepts(#"{\#(members),"\#(name)":1}"#, Set(names)))
        }
    }
}
