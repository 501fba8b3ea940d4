// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Primitives

/// The PROXY protocol's header, versions 1 and 2 (haproxy's proxy-protocol.txt, §2.1 and §2.2).
///
/// Read are the source's address over TCP and the sender's word that it speaks for itself (`LOCAL`, `UNKNOWN`).
/// Destination, ports and extensions are skipped. Anything else is a fault: there is no guessing whether a connection
/// has a header.
enum ProxyProtocolHeader: Equatable {
    /// All of it is there: whom the proxy speaks for, nil for itself, and how many bytes it takes.
    case complete(IPAddress?, length: Int)
    case incomplete
    case fault

    /// §2.1: “the worst case line” and what ends it.
    private static let textBytesMax = 107
    /// Addresses and extensions of version 2; the document asks for 536 at least in all.
    private static let binaryBytesMax = 2_048
    private static let text = Array("PROXY ".utf8)
    private static let signature: [UInt8] = [
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
    ]

    /// Looks at the first bytes of a connection.
    init(_ bytes: ByteBufferView) {
        if Self.isLike(bytes, Self.text) {
            self = Self.readText(bytes)
        } else if Self.isLike(bytes, Self.signature) {
            self = Self.readBinary(bytes)
        } else {
            self = .fault
        }
    }

    /// Whether `bytes` are the beginning, or part of it.
    private static func isLike(_ bytes: ByteBufferView, _ beginning: [UInt8]) -> Bool {
        zip(bytes, beginning).allSatisfy { $0 == $1 }
    }

    private static func readText(_ bytes: ByteBufferView) -> ProxyProtocolHeader {
        guard let end = bytes.prefix(textBytesMax).firstIndex(of: 0x0a) else {
            return bytes.count < textBytesMax ? .incomplete : .fault
        }
        let length = end - bytes.startIndex + 1
        let line = bytes[..<end]
        guard line.last == 0x0d, let text = String(validating: line.dropLast(), as: UTF8.self) else { return .fault }
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count >= 2 else { return .fault }
        if words[1] == "UNKNOWN" { return .complete(nil, length: length) }
        guard words.count == 6, isPort(words[4]), isPort(words[5]), let source = IPAddress(parsing: words[2]),
            IPAddress(parsing: words[3]) != nil
        else { return .fault }
        switch words[1] {
        case "TCP4" where !words[2].contains(":"), "TCP6" where words[2].contains(":"):
            return .complete(source, length: length)
        default: return .fault
        }
    }

    private static func isPort(_ word: Substring) -> Bool {
        word.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } && UInt16(word) != nil
    }

    private static func readBinary(_ bytes: ByteBufferView) -> ProxyProtocolHeader {
        let head = Array(bytes.prefix(signature.count + 4))
        guard head.count == signature.count + 4 else { return .incomplete }
        let (command, family) = (head[12], head[13])
        let rest = Int(head[14]) << 8 | Int(head[15])
        guard command == 0x20 || command == 0x21, rest <= binaryBytesMax else { return .fault }
        guard bytes.count >= head.count + rest else { return .incomplete }
        let length = head.count + rest
        guard command == 0x21 else { return .complete(nil, length: length) }
        let addresses = bytes.dropFirst(head.count).prefix(rest)
        switch family {
        // Unspecified, or a socket of the proxy's own machine.
        case 0x00, 0x31, 0x32: return .complete(nil, length: length)
        case 0x11 where rest >= 12: return .complete(IPAddress(networkOrder: addresses.prefix(4)), length: length)
        case 0x21 where rest >= 36: return .complete(IPAddress(networkOrder: addresses.prefix(16)), length: length)
        default: return .fault
        }
    }
}
