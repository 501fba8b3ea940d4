// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// The configuration of one service, merged from command line, environment and file, in this order of precedence.
///
/// Read sections with ``reader`` and then call ``requireSound()``; unknown keys and variables are already among its
/// problems, so that an operator sees every fault of every kind at once.
package struct ServiceSettings {
    /// Where a value comes from.
    package enum Origin: String, Sendable {
        case commandLine = "command line"
        case environment, file
        case builtIn = "default"
    }

    /// The values that are set, by key; keys left at their default are not here.
    package let values: [String: [String]]
    /// Where each of ``values`` comes from.
    package let origins: [String: Origin]
    /// What sections are read from; it gathers the faults.
    package var reader: SettingsReader

    /// Every fault so far, each told once.
    package var problems: [String] {
        var seen: Set<String> = []
        return reader.problems.filter { seen.insert($0).inserted }
    }

    /// Throws all faults together, if there are any.
    package func requireSound() throws(ConfigurationProblems) {
        guard problems.isEmpty else { throw ConfigurationProblems(messages: problems) }
    }

    /// Merges the three sources.
    ///
    /// - Parameters:
    ///   - service: such as `mfa-core`; gives the prefix of environment variables.
    ///   - file: the path of a YAML file, or nil for none.
    ///   - overrides: `key=value` each; a later one wins over an earlier one.
    ///   - known: every key of the service, also those that only `check-config` looks at.
    /// - Throws: when the file cannot be read at all, since then nothing else can be judged fairly.
    package static func read(
        service: String, file: String?, environment: [String: String], overrides: [String], known: [SettingKey]
    ) throws(ConfigurationProblems) -> ServiceSettings {
        var merge = Merge(service: service, known: known)
        if let file { merge.add(try ConfigurationFile(path: file), path: file) }
        merge.add(environment: environment)
        for override in overrides { merge.add(override: override) }
        return ServiceSettings(merge)
    }

    /// Reads the bytes of a configuration file and nothing else.
    package static func read(
        service: String, contents: [UInt8], known: [SettingKey]
    ) throws(ConfigurationProblems) -> ServiceSettings {
        var merge = Merge(service: service, known: known)
        merge.add(try ConfigurationFile(bytes: contents, path: "-"), path: "-")
        return ServiceSettings(merge)
    }

    private init(_ merge: Merge) {
        let values = merge.values
        let secrets = Set(merge.known.filter { $0.kind == .secretFile }.flatMap { values[$0.name] ?? [] })
        var reader = SettingsReader(
            lookup: { values[$0] },
            readFile: { try LocalFile.bytes(of: $0, secret: secrets.contains($0)) })
        for fault in merge.faults { reader.report(SettingKey(fault.name, .text, ""), fault.message) }
        self.values = values
        self.origins = merge.origins
        self.reader = reader
    }
}

private struct Merge {
    let service: String
    let known: [SettingKey]
    private let names: Set<String>
    var values: [String: [String]] = [:]
    var origins: [String: ServiceSettings.Origin] = [:]
    var faults: [(name: String, message: String)] = []

    init(service: String, known: [SettingKey]) {
        self.service = service
        self.known = known
        self.names = Set(known.map(\.name))
    }

    mutating func add(_ file: ConfigurationFile, path: String) {
        for (name, texts) in file.values.sorted(by: { $0.key < $1.key }) {
            // A section whose keys are all commented out is an empty value, not a mistake.
            if texts == [""], names.contains(where: { $0.hasPrefix(name + ".") }) { continue }
            guard names.contains(name) else {
                refuse(name, "is not a known key, in “\(path)”", among: names)
                continue
            }
            set(name, texts, from: .file)
        }
    }

    mutating func add(environment: [String: String]) {
        let prefix = EnvironmentName.prefix(of: service)
        var keys: [String: String] = [:]
        for key in known { keys[EnvironmentName.variable(for: key, of: service)] = key.name }
        for (variable, text) in environment.sorted(by: { $0.key < $1.key }) where variable.hasPrefix(prefix) {
            guard let name = keys[variable] else {
                refuse(variable, "is not a known environment variable", among: keys.keys)
                continue
            }
            set(name, [text], from: .environment)
        }
    }

    mutating func add(override: String) {
        guard let mark = override.firstIndex(of: "=") else {
            faults.append(("--set \(override)", "expected KEY=VALUE"))
            return
        }
        let name = String(override[..<mark])
        guard names.contains(name) else {
            refuse("--set \(name)", "is not a known key", among: names, meant: name)
            return
        }
        set(name, [String(override[override.index(after: mark)...])], from: .commandLine)
    }

    private mutating func set(_ name: String, _ texts: [String], from origin: ServiceSettings.Origin) {
        values[name] = texts
        origins[name] = origin
    }

    private mutating func refuse(
        _ name: String, _ message: String, among candidates: some Sequence<String>, meant: String? = nil
    ) {
        let hint = Spelling.suggestion(for: meant ?? name, among: candidates).map { "; did you mean “\($0)”?" } ?? ""
        faults.append((name, message + hint))
    }
}
