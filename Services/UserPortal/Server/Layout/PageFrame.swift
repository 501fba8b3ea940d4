// SPDX-License-Identifier: Apache-2.0

/// What every page needs besides its own content; templates call it `page`.
package struct PageFrame: Sendable {
    /// Goes before every address of ours.
    package let base: String
    package let styleSheet: String
    package let script: String
    package let logo: String
    /// For the hidden field of forms.
    package let token: String
    /// Who is signed in; nil for nobody.
    package let name: String?

    /// The addresses below `base`, for one session.
    package init(base: String, files: PublicFiles, token: String, name: String?) {
        self.base = base
        self.styleSheet = base + files.path(of: "portal.css")
        self.script = base + files.path(of: "portal.js")
        self.logo = base + files.path(of: "logo.svg")
        self.token = token
        self.name = name
    }
}
