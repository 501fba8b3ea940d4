// SPDX-License-Identifier: Apache-2.0

/// One of the four services, as certificates name them.
enum SuiteService: String, CaseIterable, Sendable {
    case mfaCore = "mfa-core"
    case sdkService = "sdk-service"
    case userPortal = "user-portal"
    case mobileAppService = "mobileapp-service"

    /// The file with the internal authority beside its certificate. user-portal and mobileapp-service may show
    /// certificates of another authority to the world, so theirs says whom it is for.
    var authorityFile: String {
        switch self {
        case .mfaCore, .sdkService: "ca.pem"
        case .userPortal, .mobileAppService: "sdk-ca.pem"
        }
    }

    /// The URI in a certificate by which the others recognise the service.
    var uri: String { "countersign://service/\(rawValue)" }
}
