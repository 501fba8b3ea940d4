// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import MFAAPI
internal import Pages
package import Primitives

/// A person's own factors.
package struct FactorsPage: PageModel {
    package static let template = "factors/list"

    /// One factor as it is shown.
    package struct Item: Sendable {
        package let name: String
        package let kind: String
        package let isPhone: Bool
        package let state: String
        package let isActive: Bool
        package let added: Moment
        /// Nil when it was never used.
        package let lastUsed: Moment?
    }

    /// A time, for people and for the script that shows it in the browser's own time zone.
    package struct Moment: Sendable {
        package let exact: String
        package let shown: String

        package init(_ instant: Instant, language: String) {
            exact = instant.description
            let date = Date(timeIntervalSince1970: Double(instant.microseconds) / 1_000_000)
            var style = Date.FormatStyle(date: .abbreviated, time: .shortened)
            style.timeZone = .gmt
            style.locale = Locale(identifier: language)
            shown = date.formatted(style) + " UTC"
        }
    }

    package let page: PageFrame
    package let items: [Item]
    package let isEmpty: Bool

    package init(page: PageFrame, factors: [FactorResponse], language: String, text: (String) -> String) {
        self.page = page
        self.isEmpty = factors.isEmpty
        self.items = factors.map { factor in
            Item(
                name: factor.name, kind: Self.kind(of: factor, text), isPhone: factor.kind == "device",
                state: text(Self.stateText(factor.state)), isActive: factor.state == "active",
                added: Moment(factor.createdAt, language: language),
                lastUsed: factor.lastUsedAt.map { Moment($0, language: language) })
        }
    }

    /// What it is, and how many recovery codes are left.
    private static func kind(of factor: FactorResponse, _ text: (String) -> String) -> String {
        guard let left = factor.codesRemaining else { return text(kindText(factor.kind)) }
        return "\(text("recoveryLeft")): \(left)"
    }

    private static func kindText(_ kind: String) -> String {
        switch kind {
        case "totp": "kindTOTP"
        case "hotp": "kindHOTP"
        case "device": "kindDevice"
        default: "kindOther"
        }
    }

    private static func stateText(_ state: String) -> String {
        switch state {
        case "active": "stateActive"
        case "unconfirmed": "stateUnconfirmed"
        case "revoked": "stateRevoked"
        default: "stateDisabled"
        }
    }
}
