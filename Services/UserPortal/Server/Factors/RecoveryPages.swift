// SPDX-License-Identifier: Apache-2.0
internal import Pages

/// How many recovery codes are left, and the way to new ones.
package struct RecoveryPage: PageModel {
    package static let template = "factors/recovery"

    package let page: PageFrame
    /// Nil for somebody who has no set.
    package let left: String?
    /// Why there is no new set.
    package let alert: String?

    package init(page: PageFrame, left: String?, alert: String? = nil) {
        self.page = page
        self.left = left
        self.alert = alert
    }
}

/// A new set, to be printed or written down.
package struct RecoveryCodesPage: PageModel {
    package static let template = "factors/recovery-codes"

    package let page: PageFrame
    package let codes: [String]
    package let made: FactorsPage.Moment

    package init(page: PageFrame, codes: [String], made: FactorsPage.Moment) {
        self.page = page
        self.codes = codes
        self.made = made
    }
}
