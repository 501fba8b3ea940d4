// SPDX-License-Identifier: Apache-2.0
internal import Pages

/// Name and password.
package struct SignInPage: PageModel {
    package static let template = "sign-in/password"

    package let page: PageFrame
    /// Why the sign-in before this one did not work.
    package let alert: String?
    /// The name typed before.
    package let user: String?

    package init(page: PageFrame, alert: String? = nil, user: String? = nil) {
        self.page = page
        self.alert = alert
        self.user = user
    }
}

/// Passcode or phone.
package struct ChoicePage: PageModel {
    package static let template = "sign-in/choice"

    package let page: PageFrame
    package let user: String
    package let offersPush: Bool
    package let offersPasscode: Bool

    package init(page: PageFrame, user: String, factors: [String]) {
        self.page = page
        self.user = user
        self.offersPush = factors.contains("push")
        self.offersPasscode = factors.contains("passcode")
    }
}

/// The code from an app or a token.
package struct PasscodePage: PageModel {
    package static let template = "sign-in/passcode"

    package let page: PageFrame
    package let user: String
    /// That the code before this one was not right.
    package let alert: String?

    package init(page: PageFrame, user: String, alert: String? = nil) {
        self.page = page
        self.user = user
        self.alert = alert
    }
}

/// The number that is typed into the phone.
package struct WaitPage: PageModel {
    package static let template = "sign-in/wait"

    package let page: PageFrame
    package let user: String
    /// Nil where the phone asks for none.
    package let number: String?
    /// Says after “check again” that nothing has happened yet.
    package let note: String?
    /// How long one request of the script waits.
    package let waitSeconds: Int

    package init(page: PageFrame, user: String, number: String?, note: String? = nil, waitSeconds: Int) {
        self.page = page
        self.user = user
        self.number = number
        self.note = note
        self.waitSeconds = waitSeconds
    }
}

/// The end.
package struct SignedOutPage: PageModel {
    package static let template = "sign-in/signed-out"

    package let page: PageFrame

    package init(page: PageFrame) {
        self.page = page
    }
}
