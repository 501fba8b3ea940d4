// SPDX-License-Identifier: Apache-2.0
internal import CLibQREncode

/// QR codes (ISO/IEC 18004) as pictures for a page, error correction level M.
package enum QRCode {
    /// Light modules around the symbol, as the standard asks for.
    static let quietZone = 4

    /// An SVG of `text`, without styles or scripts, so that it may stand in a page under a strict policy.
    ///
    /// - Parameter label: what a screen reader says instead.
    /// - Returns: nil when `text` is empty or longer than a symbol holds (2331 bytes).
    package static func svg(_ text: String, label: String = "QR code") -> String? {
        guard let symbol = QRSymbol(text) else { return nil }
        let size = symbol.width + 2 * quietZone
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size) \(size)" role="img" \
            aria-label="\(SafeHTML.escape(label))" shape-rendering="crispEdges">\
            <path fill="#fff" d="M0 0h\(size)v\(size)H0z"/><path fill="#000" d="\(path(of: symbol))"/></svg>
            """
    }

    /// One rectangle for each run of dark modules in a row.
    private static func path(of symbol: QRSymbol) -> String {
        var path = ""
        for row in 0..<symbol.width {
            var column = 0
            while column < symbol.width {
                let start = column
                while column < symbol.width, symbol.isDark(row: row, column: column) { column += 1 }
                if column > start {
                    let length = column - start
                    path += "M\(start + quietZone) \(row + quietZone)h\(length)v1h-\(length)z"
                } else {
                    column += 1
                }
            }
        }
        return path
    }
}

/// The modules of one symbol.
struct QRSymbol {
    let width: Int
    private let modules: [UInt8]

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.count <= 2331,
            let code = QRcode_encodeData(Int32(bytes.count), bytes, 0, QR_ECLEVEL_M)
        else { return nil }
        defer { QRcode_free(code) }
        width = Int(code.pointee.width)
        modules = Array(UnsafeBufferPointer(start: code.pointee.data, count: width * width))
    }

    func isDark(row: Int, column: Int) -> Bool {
        // The lowest bit is the colour; the others say what the module is for.
        modules[row * width + column] & 1 == 1
    }
}
