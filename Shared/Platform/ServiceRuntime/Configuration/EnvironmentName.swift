// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// How configuration keys are called as environment variables: `database.passwordFile` of mfa-core is
/// `MFA_CORE__DATABASE__PASSWORD_FILE`.
package enum EnvironmentName {
    /// What all variables of `service` begin with, such as `MFA_CORE__`.
    package static func prefix(of service: String) -> String {
        service.uppercased().map { $0 == "-" ? "_" : String($0) }.joined() + "__"
    }

    /// The variable that sets `key` for `service`.
    package static func variable(for key: SettingKey, of service: String) -> String {
        let sections = key.name.split(separator: ".").map { words(of: $0).joined(separator: "_").uppercased() }
        return prefix(of: service) + sections.joined(separator: "__")
    }

    /// The words of a camel-case name; a run of capitals is one word, so `clientCAFile` has three.
    private static func words(of name: Substring) -> [String] {
        let characters = Array(name)
        var words: [String] = []
        var word = ""
        for (index, character) in characters.enumerated() {
            let startsAfterLower = index > 0 && character.isUppercase && !characters[index - 1].isUppercase
            let endsRun =
                index > 0 && index + 1 < characters.count && character.isUppercase
                && characters[index - 1].isUppercase && characters[index + 1].isLowercase
            if startsAfterLower || endsRun {
                words.append(word)
                word = ""
            }
            word.append(character)
        }
        return words + [word]
    }
}
