// SPDX-License-Identifier: Apache-2.0

/// Every page there is, so that a missing template is found at start and not by a visitor.
package enum PageModels {
    package static let templates = [
        SignInPage.template, ChoicePage.template, PasscodePage.template, WaitPage.template, SignedOutPage.template,
        FactorsPage.template, RecoveryPage.template, RecoveryCodesPage.template, ErrorPage.template,
    ]
}
