// SPDX-License-Identifier: Apache-2.0
import MFACoreServer
import Primitives
import ServiceRuntime

enum ConfigurationEntry {
    /// Files that the bytes name are not read: what is in them is no business of this parser.
    private struct Unread: Error {}

    private static let keys = MFACoreService.allKeys
    private static let names = Set(keys.map(\.name))

    static func fault(on bytes: [UInt8]) -> String? {
        let settings: ServiceSettings
        do throws(ConfigurationProblems) {
            settings = try ServiceSettings.read(service: MFACoreService.name, contents: bytes, known: keys)
        } catch {
            return error.messages.isEmpty || error.messages.contains("") ? "it is refused without a reason" : nil
        }
        guard names.isSuperset(of: settings.values.keys) else { return "a key that nobody knows has a value" }
        let values = settings.values
        var reader = SettingsReader(lookup: { values[$0] }, readFile: { _ in throw Unread() })
        _ = LogConfiguration(reading: &reader)
        _ = MFACoreService(reading: &reader)
        MFACoreService.checkCommands(reading: &reader)
        // Whatever stands there, the master key, the certificate and the rest cannot be read.
        guard !reader.problems.isEmpty else { return "it is taken although its files cannot be read" }
        guard !reader.problems.contains("") else { return "a fault without words" }
        return nil
    }
}
