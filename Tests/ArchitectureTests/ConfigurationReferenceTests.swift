// SPDX-License-Identifier: Apache-2.0
import Foundation
import MFACoreServer
import MobileAppServer
import Primitives
import SDKServer
import ServiceRuntime
import Testing
import UserPortalServer

/// docs/reference/configuration.md is what the keys themselves say.
struct ConfigurationReferenceTests {
    /// Every key of a service.
    static func keys(of service: String) -> [SettingKey] {
        switch service {
        case MFACoreService.name: MFACoreService.allKeys
        case SDKService.name: SDKService.allKeys
        case UserPortalServer.name: UserPortalServer.allKeys
        case MobileAppService.name: MobileAppService.allKeys
        default: []
        }
    }

    private static let page = "docs/reference/configuration.md"

    /// `WRITE_REFERENCE=1 swift test --filter ConfigurationReferenceTests` writes the page anew.
    @Test func `the page lists every key of every service`() throws {
        let text = SourceTree.text(of: Self.page)
        let head = text.firstRange(of: "\n## ").map { String(text[..<$0.lowerBound]) } ?? text
        // The four types that conform to CountersignService.
        let sections = [
            ConfigurationReference.markdown(service: MFACoreService.name, keys: MFACoreService.allKeys),
            ConfigurationReference.markdown(service: SDKService.name, keys: SDKService.allKeys),
            ConfigurationReference.markdown(service: UserPortalServer.name, keys: UserPortalServer.allKeys),
            ConfigurationReference.markdown(service: MobileAppService.name, keys: MobileAppService.allKeys),
        ]
        let expected = head.trimmingCharacters(in: .newlines) + "\n\n" + sections.joined(separator: "\n")
        if ProcessInfo.processInfo.environment["WRITE_REFERENCE"] == "1" {
            try expected.write(to: SourceTree.root.appending(path: Self.page), atomically: true, encoding: .utf8)
        }
        #expect(text == expected, "write it anew: make generate")
    }
}
