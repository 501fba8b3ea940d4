// SPDX-License-Identifier: Apache-2.0

/// What a test needs is not there; the description is one sentence for whoever runs the tests.
package struct TestKitError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
