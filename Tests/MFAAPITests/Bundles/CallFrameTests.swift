// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import Testing

struct CallFrameTests {
    private static let frames = [
        CallFrame(number: 0, fields: [], body: []),
        CallFrame(
            number: 7, fields: [("countersign-account", "vpn"), ("countersign-peer", "")], body: Array("{}".utf8)),
        CallFrame(number: .max, status: 503, fields: [("retry-after", "1"), ("x", "ü")], body: [0, 255, 10]),
    ]

    private func bytes(_ frames: [CallFrame]) -> [UInt8] {
        var bytes: [UInt8] = []
        for frame in frames {
            let isWritten = frame.write(to: &bytes)
            #expect(isWritten)
        }
        return bytes
    }

    @Test func `frames come out as they went in, however their bytes arrive`() throws {
        let bytes = bytes(Self.frames)
        for size in [1, 3, bytes.count] {
            var reader = CallFrameReader()
            var found: [CallFrame] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                reader.append(bytes[start..<min(start + size, bytes.count)])
                while let frame = try reader.next() { found.append(frame) }
            }
            #expect(found == Self.frames)
            #expect(reader.isAtEnd)
        }
    }

    @Test func `the layout is the documented one`() {
        let frame = CallFrame(number: 258, status: 200, fields: [("a", "bc")], body: [9])
        #expect(bytes([frame]) == [0, 0, 0, 16, 0, 0, 1, 2, 0, 200, 0, 1, 0, 1, 0, 2, 97, 98, 99, 9])
    }

    @Test func `a frame that is not whole is none, and says so`() throws {
        let bytes = bytes([Self.frames[1]])
        for length in 0..<bytes.count {
            var reader = CallFrameReader()
            reader.append(bytes.prefix(length))
            #expect(try reader.next() == nil)
            #expect(reader.isAtEnd == (length == 0))
        }
    }

    @Test(
        arguments: [
            // Shorter than its own head, and longer than any frame may be.
            [0, 0, 0, 7], [0, 1, 0, 1],
            // One field is announced and none is there; a field reaches beyond the frame; a name is not UTF-8.
            [0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 1], [0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 1, 0, 9, 0, 9],
            [0, 0, 0, 13, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 255],
        ] as [[UInt8]])
    func `what is no frame is refused`(bytes: [UInt8]) {
        var reader = CallFrameReader()
        reader.append(bytes)
        #expect(throws: CallFrameReader.Fault.self) { try reader.next() }
    }

    @Test func `what is too long is not written, and leaves nothing behind`() {
        var bytes: [UInt8] = [1]
        let long = String(repeating: "x", count: 70_000)
        for frame in [
            CallFrame(number: 1, fields: [("a", long)], body: []),
            CallFrame(number: 1, fields: [], body: Array(long.utf8)),
        ] {
            let isWritten = frame.write(to: &bytes)
            #expect(!isWritten)
        }
        #expect(bytes == [1])
    }
}
