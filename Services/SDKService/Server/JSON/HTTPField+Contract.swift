// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import HTTPTypes
import MFAAPI

/// The contract's headers by their typed names.
extension HTTPField.Name {
    static let ticket = fixed(HeaderNames.ticket)
    static let idempotencyKey = fixed(HeaderNames.idempotencyKey)
    static let deviceNextNonce = fixed(HeaderNames.deviceNextNonce)
}
