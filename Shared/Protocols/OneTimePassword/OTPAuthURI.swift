// SPDX-License-Identifier: Apache-2.0
package import Primitives

/// The `otpauth` URI that authenticator apps read from a QR code.
///
/// Written: `otpauth://totp/Issuer:account?secret=…&issuer=…&algorithm=…&digits=…&period=…`, for `hotp` with
/// `counter=…`; every parameter is present because apps differ in their defaults. Read: the same in any order, with the usual defaults for
/// what is absent and unknown parameters skipped. Refused are doubled parameters, raw characters outside visible
/// ASCII, signs and spaces in numbers, other algorithms and lengths, and whatever is longer than
/// ``OneTimePasswordLimits/uriBytesMax``.
package struct OTPAuthURI: Sendable {
    /// What moves the passcode on.
    package enum Kind: Equatable, Sendable {
        /// Time, in steps of `period` seconds.
        case totp(period: Int)
        /// A counter whose next value is `counter`.
        case hotp(counter: UInt64)
    }

    package let kind: Kind
    /// Who asks for the passcode, such as the name of the company; empty for none.
    package let issuer: String
    /// Whose passcode it is.
    package let account: String
    package let secret: SecretBytes
    package let algorithm: OneTimePasswordAlgorithm
    package let digits: Int

    /// A URI of these parts; they are taken as they are.
    package init(
        kind: Kind, issuer: String, account: String, secret: SecretBytes, algorithm: OneTimePasswordAlgorithm,
        digits: Int
    ) {
        self.kind = kind
        self.issuer = issuer
        self.account = account
        self.secret = secret
        self.algorithm = algorithm
        self.digits = digits
    }

    /// The URI, secret included: show it once and keep it nowhere.
    package var text: String {
        let issuerText = PercentEncoding.encode(issuer)
        let accountText = PercentEncoding.encode(account)
        let label = issuer.isEmpty ? accountText : "\(issuerText):\(accountText)"
        var parameters = ["secret=\(secret.withBytes { Base32.encode($0) })"]
        if !issuer.isEmpty { parameters.append("issuer=\(issuerText)") }
        parameters += ["algorithm=\(algorithm.rawValue)", "digits=\(digits)"]
        let type: String
        switch kind {
        case .totp(let period):
            type = "totp"
            parameters.append("period=\(period)")
        case .hotp(let counter):
            type = "hotp"
            parameters.append("counter=\(counter)")
        }
        return "otpauth://\(type)/\(label)?\(parameters.joined(separator: "&"))"
    }

    /// Reads a URI; nil when it is not one of these, and then nothing of it is kept.
    package init?(parsing text: String) {
        guard text.utf8.count <= OneTimePasswordLimits.uriBytesMax, text.hasPrefix("otpauth://"),
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return nil }
        let parts = text.dropFirst("otpauth://".count).split(separator: "?", omittingEmptySubsequences: false)
        guard parts.count == 2, let parameters = Self.parameters(parts[1]) else { return nil }
        let path = parts[0].split(separator: "/", omittingEmptySubsequences: false)
        guard path.count == 2, let kind = Self.kind(path[0], parameters),
            let names = Self.names(label: path[1], issuer: parameters["issuer"])
        else { return nil }
        guard let secretText = parameters["secret"], let secret = Base32.decode(secretText), !secret.isEmpty,
            let algorithm = OneTimePasswordAlgorithm(rawValue: parameters["algorithm", default: "SHA1"]),
            let digits = Self.number(parameters["digits", default: "6"]),
            OneTimePasswordLimits.digits.contains(Int(clamping: digits))
        else { return nil }
        self.init(
            kind: kind, issuer: names.issuer, account: names.account, secret: SecretBytes(secret),
            algorithm: algorithm, digits: Int(digits))
    }

    private static func parameters(_ query: Substring) -> [String: String]? {
        var parameters: [String: String] = [:]
        for pair in query.split(separator: "&", omittingEmptySubsequences: false) {
            let sides = pair.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2, let name = PercentEncoding.decode(sides[0]),
                let value = PercentEncoding.decode(sides[1]), parameters.updateValue(value, forKey: name) == nil
            else { return nil }
        }
        return parameters
    }

    private static func kind(_ type: Substring, _ parameters: [String: String]) -> Kind? {
        switch type {
        case "totp":
            guard let period = number(parameters["period", default: "30"]),
                OneTimePasswordLimits.periodSeconds.contains(Int(clamping: period))
            else { return nil }
            return .totp(period: Int(period))
        case "hotp":
            guard let text = parameters["counter"], let counter = number(text),
                counter <= OneTimePasswordLimits.counterMax
            else { return nil }
            return .hotp(counter: counter)
        default: return nil
        }
    }

    /// Issuer and account of a label; a colon that stands for itself parts them, an escaped one does so only after the
    /// issuer that the parameter names, since either name may contain one.
    private static func names(label: Substring, issuer: String?) -> (issuer: String, account: String)? {
        let sides = label.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 1 else {
            guard let prefix = PercentEncoding.decode(sides[0]), let account = PercentEncoding.decode(sides[1]),
                !account.isEmpty
            else { return nil }
            return (issuer ?? prefix, account)
        }
        guard let account = PercentEncoding.decode(label), !account.isEmpty else { return nil }
        guard let issuer, !issuer.isEmpty else { return ("", account) }
        let prefix = issuer + ":"
        guard account.hasPrefix(prefix), account.utf8.count > prefix.utf8.count else { return (issuer, account) }
        return (issuer, String(account.dropFirst(prefix.count)))
    }

    private static func number(_ text: String) -> UInt64? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return UInt64(text)
    }
}
