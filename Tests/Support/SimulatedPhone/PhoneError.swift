// SPDX-License-Identifier: Apache-2.0

/// Why a phone could not do what it was asked to.
package enum PhoneError: Error, Equatable, CustomStringConvertible {
    /// The service answered with a problem; `code` is the stable one of the contract.
    case refused(status: Int, code: String?, detail: String?)
    /// The service answered with something that the contract does not know.
    case unexpectedAnswer(String)
    /// No answer came: no connection, no trust in the certificate, or no end within 30 s.
    case unreachable(url: String, reason: String)
    /// Only an activated phone can do this.
    case notActivated
    /// The link of an activation cannot be read.
    case linkNotReadable
    /// Neither the phone nor the link says where the service is.
    case serviceUnknown
    /// A value cannot stand in a signed message, such as a number with other characters than digits.
    case notSignable(String)
    /// A file cannot be read or written.
    case file(path: String, reason: String)

    package var description: String {
        switch self {
        case .refused(let status, let code, let detail):
            "The service refused: \(status) \(code ?? "without a code")\(detail.map { ", \($0)" } ?? "")."
        case .unexpectedAnswer(let what): "The service answered with \(what)."
        case .unreachable(let url, let reason): "No answer from \(url): \(reason)."
        case .notActivated: "This phone is not activated."
        case .linkNotReadable: "The activation link cannot be read; copy it whole, in quotes."
        case .serviceUnknown: "The address of the service is missing."
        case .notSignable(let what): "\(what) cannot be signed."
        case .file(let path, let reason): "The file \(path) cannot be used: \(reason)."
        }
    }
}
