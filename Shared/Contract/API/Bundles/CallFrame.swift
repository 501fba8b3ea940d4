// SPDX-License-Identifier: Apache-2.0

/// One call or one answer among the many that share a body between sdk-service and mfa-core.
///
/// | bytes | what |
/// |---|---|
/// | 4 | length of all that follows |
/// | 4 | number: the answer's is that of its call |
/// | 2 | status of the answer, 0 in a call |
/// | 2 | how many fields |
/// | each field: 2 + 2 | lengths of name and value, then both in UTF-8 |
/// | the rest | body |
///
/// Numbers are in network order. The fields are what the headers of a request of its own would be.
package struct CallFrame: Sendable, Equatable {
    /// A header's name in lower case, and its value.
    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    package var number: UInt32
    package var status: UInt16
    package var fields: [Field]
    package var body: [UInt8]

    package init(number: UInt32, status: UInt16 = 0, fields: [(String, String)], body: [UInt8]) {
        self.number = number
        self.status = status
        self.fields = fields.map { Field(name: $0.0, value: $0.1) }
        self.body = body
    }

    fileprivate init(number: UInt32, status: UInt16, fields: [Field], body: [UInt8]) {
        self.number = number
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// The value of the first field of that name.
    package func field(_ name: String) -> String? {
        fields.first { $0.name == name }?.value
    }

    /// Appends the frame's bytes; false, with nothing appended, when a field or the whole is longer than can be told.
    package func write(to bytes: inout [UInt8]) -> Bool {
        let start = bytes.count
        bytes.append(contentsOf: [0, 0, 0, 0])
        Self.write(number, to: &bytes)
        Self.write(status, to: &bytes)
        guard let count = UInt16(exactly: fields.count) else { return Self.undo(&bytes, to: start) }
        Self.write(count, to: &bytes)
        for field in fields {
            guard let name = UInt16(exactly: field.name.utf8.count), let value = UInt16(exactly: field.value.utf8.count)
            else { return Self.undo(&bytes, to: start) }
            Self.write(name, to: &bytes)
            Self.write(value, to: &bytes)
            bytes.append(contentsOf: field.name.utf8)
            bytes.append(contentsOf: field.value.utf8)
        }
        bytes.append(contentsOf: body)
        let length = bytes.count - start - 4
        guard length <= CallFrameReader.frameBytesMax else { return Self.undo(&bytes, to: start) }
        for (offset, shift) in [24, 16, 8, 0].enumerated() {
            bytes[start + offset] = UInt8(truncatingIfNeeded: length >> shift)
        }
        return true
    }

    private static func write(_ value: some FixedWidthInteger & UnsignedInteger, to bytes: inout [UInt8]) {
        for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    private static func undo(_ bytes: inout [UInt8], to start: Int) -> Bool {
        bytes.removeSubrange(start...)
        return false
    }
}

/// Takes frames out of a body as its bytes arrive.
package struct CallFrameReader: Sendable {
    /// Bytes behind a length; the largest call is a body of 16 KiB with its fields.
    package static let frameBytesMax = 64 * 1024

    /// What arrived is no sequence of frames; nothing after it can be understood.
    package struct Fault: Error, Equatable {}

    private var bytes: [UInt8] = []
    private var position = 0

    package init() {}

    /// Whether every byte so far belonged to a whole frame.
    package var isAtEnd: Bool { position == bytes.count }

    /// Takes bytes in.
    package mutating func append(_ more: some Sequence<UInt8>) {
        if position > 0 {
            bytes.removeSubrange(..<position)
            position = 0
        }
        bytes.append(contentsOf: more)
    }

    /// The next whole frame; nil until all of its bytes are there.
    package mutating func next() throws(Fault) -> CallFrame? {
        guard bytes.count - position >= 4 else { return nil }
        let length = Int(integer(at: position, width: 4))
        guard (8...Self.frameBytesMax).contains(length) else { throw Fault() }
        let end = position + 4 + length
        guard end <= bytes.count else { return nil }
        var index = position + 4
        let number = UInt32(integer(at: index, width: 4))
        let status = UInt16(integer(at: index + 4, width: 2))
        let count = Int(integer(at: index + 6, width: 2))
        index += 8
        var fields: [CallFrame.Field] = []
        for _ in 0..<count {
            guard index + 4 <= end else { throw Fault() }
            let nameEnd = index + 4 + Int(integer(at: index, width: 2))
            let valueEnd = nameEnd + Int(integer(at: index + 2, width: 2))
            guard valueEnd <= end, let name = String(validating: bytes[(index + 4)..<nameEnd], as: UTF8.self),
                let value = String(validating: bytes[nameEnd..<valueEnd], as: UTF8.self)
            else { throw Fault() }
            fields.append(CallFrame.Field(name: name, value: value))
            index = valueEnd
        }
        position = end
        return CallFrame(number: number, status: status, fields: fields, body: Array(bytes[index..<end]))
    }

    private func integer(at index: Int, width: Int) -> UInt64 {
        bytes[index..<(index + width)].reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// What a bundle of calls may hold.
package enum BundleLimits {
    /// Calls in one bundle: as many people as mfa-core decides about in one commit.
    package static let callsMax = 128
    /// Bytes of a bundle.
    package static let bytesMax = 1024 * 1024
}
