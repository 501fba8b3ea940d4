// SPDX-License-Identifier: Apache-2.0

/// What one page shows: a value whose stored properties are the variables of one template.
package protocol PageModel: Sendable {
    /// The template's path below `templates`, without its ending: `sign-in/password`.
    static var template: String { get }
}
