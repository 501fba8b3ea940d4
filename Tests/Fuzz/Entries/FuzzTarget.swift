// SPDX-License-Identifier: Apache-2.0

/// Parsers of what strangers send, each with what must hold whatever the bytes are.
///
/// `make fuzz` lets libFuzzer find bytes for which something does not hold; `make test` tries those of the corpus.
package enum FuzzTarget: String, CaseIterable, Sendable {
    case strictJSON = "strict-json"
    case base32
    case canonicalNames = "canonical-names"
    case deviceMessages = "device-messages"
    case activationLinks = "activation-links"
    case configuration

    /// What does not hold for `bytes`; nil when everything does.
    package func fault(on bytes: [UInt8]) -> String? {
        switch self {
        case .strictJSON: StrictJSONEntry.fault(on: bytes)
        case .base32: Base32Entry.fault(on: bytes)
        case .canonicalNames: CanonicalNameEntry.fault(on: bytes)
        case .deviceMessages: DeviceMessageEntry.fault(on: bytes)
        case .activationLinks: ActivationLinkEntry.fault(on: bytes)
        case .configuration: ConfigurationEntry.fault(on: bytes)
        }
    }

    /// libFuzzer's entry: ends the process where something does not hold.
    package func run(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        if let fault = fault(on: Array(UnsafeBufferPointer(start: start, count: count))) {
            preconditionFailure("\(rawValue): \(fault)")
        }
        return 0
    }
}
