// SPDX-License-Identifier: Apache-2.0

/// One of the four services, as certificates name them.
enum SuiteService: String, CaseIterable, Sendable {
    case mfaCore = "mfa-core"
    case sdkService = "sdk-service"
    case userPortal = "user-portal"
    case mobileAppService = "mobileapp-service"

    /// The URI in a certificate by which the others recognise the service.
    var uri: String { "countersign://service/\(rawValue)" }
}
