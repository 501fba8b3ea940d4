// SPDX-License-Identifier: Apache-2.0

/// What a scan found wrong with a body; texts name keys and places, never values.
enum JSONFault: Error, Equatable {
    case empty
    case tooLong(bytesMax: Int)
    case tooDeep(depthMax: Int)
    case notAnObject
    case syntax(offset: Int)
    case notUTF8(offset: Int)
    case loneSurrogate(offset: Int)
    case trailingBytes(offset: Int)
    case duplicateKey(path: String)
    case unknownKey(path: String)
    case noObject(path: String)
    case nameless(offset: Int)

    /// The sentence for the caller.
    var detail: String {
        switch self {
        case .empty: "The body is empty."
        case .tooLong(let bytesMax): "The body is longer than \(bytesMax) bytes."
        case .tooDeep(let depthMax): "The body is nested deeper than \(depthMax) levels."
        case .notAnObject: "The body must be a JSON object."
        case .syntax(let offset): "The body is not valid JSON at byte \(offset)."
        case .notUTF8(let offset): "The body is not valid UTF-8 at byte \(offset)."
        case .loneSurrogate(let offset): "The body has half a surrogate pair at byte \(offset)."
        case .trailingBytes(let offset): "Something follows the JSON object at byte \(offset)."
        case .duplicateKey(let path): "The key “\(path)” stands there twice."
        case .unknownKey(let path): "The key “\(path)” is not known."
        case .noObject(let path): "The value of “\(path)” has another type."
        case .nameless(let offset): "There is an unknown key at byte \(offset)."
        }
    }
}
