// SPDX-License-Identifier: Apache-2.0
import MFACoreStore
package import Primitives

/// Where the master key is, and the token that seals it, if any.
extension RuleConfiguration {
    /// For `serve` and for commands that need nothing else of the rule.
    static func keyFile(reading settings: inout SettingsReader) -> MasterKeyFile {
        let path = settings.text(masterKeyFile)
        guard let module = settings.optionalText(tokenModule) else {
            for key in [tokenLabel, tokenKey, tokenPIN] where settings.optionalText(key) != nil {
                settings.report(key, "is of no use without \(tokenModule.name)")
            }
            return MasterKeyFile(path: path)
        }
        let key = PKCS11Token.Key(token: settings.text(tokenLabel), label: settings.text(tokenKey))
        guard settings.optionalText(tokenPIN) != nil else {
            settings.report(tokenPIN, "is missing (\(tokenPIN.summary))")
            return MasterKeyFile(path: path)
        }
        guard let pin = settings.secret(tokenPIN) else { return MasterKeyFile(path: path) }
        return MasterKeyFile(path: path, token: PKCS11Token(module: module, pin: pin, key: key))
    }

    static let masterKeyKeys: [SettingKey] = [masterKeyFile, tokenModule, tokenLabel, tokenKey, tokenPIN]

    package static let masterKeyFile = SettingKey(
        "keys.masterKeyFile", .path, "file with the master key; made by activate, mode 0400")
    private static let tokenModule = SettingKey(
        "keys.pkcs11.module", .path,
        "library of a PKCS #11 token whose key seals the file with the master key; without it nothing does")
    private static let tokenLabel = SettingKey("keys.pkcs11.token", .text, "label of the token")
    private static let tokenKey = SettingKey(
        "keys.pkcs11.key", .text, "label of the token's AES key that seals a new file with a master key")
    private static let tokenPIN = SettingKey("keys.pkcs11.pinFile", .secretFile, "file with the token's user PIN")
}
