// SPDX-License-Identifier: Apache-2.0
internal import Pages

/// Something went wrong: what, and what to do about it.
package struct ErrorPage: PageModel {
    package static let template = "layout/error"

    package let page: PageFrame
    package let title: String
    package let explanation: String
    /// For whoever is asked for help: it finds the request in the log.
    package let requestID: String

    package init(page: PageFrame, title: String, explanation: String, requestID: String) {
        self.page = page
        self.title = title
        self.explanation = explanation
        self.requestID = requestID
    }
}
