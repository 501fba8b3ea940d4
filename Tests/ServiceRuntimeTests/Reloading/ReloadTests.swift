// SPDX-License-Identifier: Apache-2.0

import Logging
import Primitives
import ServiceRuntime
import Synchronization
import Testing

struct ReloadTests {
    /// A service of two settings, of which the first may change while it runs.
    private struct Sample: CountersignService {
        static let name = "sample-service"
        static let colour = SettingKey("paint.colour", .text, default: "red", effect: .reload, "The colour.")
        static let size = SettingKey("paint.size", .integer, default: "1", "The size.")
        static let table = SettingKey("migrate.table", .text, effect: .command, "For a command.")
        static let keys = [colour, size, table]

        let colour: String

        init(reading reader: inout SettingsReader) {
            colour = reader.text(Self.colour)
            _ = reader.integer(Self.size, in: 1...9)
        }

        func run(logger: Logger, reload: Reload<Self>) async throws {}
    }

    /// What the parts of the service are painted with, and what the file says now.
    private final class Paint: Sendable {
        private let state: Mutex<(applied: [String], overrides: [String])>

        init(_ overrides: [String]) {
            state = Mutex(([], overrides))
        }

        var applied: [String] { state.withLock { $0.applied } }
        var overrides: [String] {
            get { state.withLock { $0.overrides } }
            set { state.withLock { $0.overrides = newValue } }
        }

        func apply(_ colour: String) {
            state.withLock { $0.applied.append(colour) }
        }
    }

    private struct Spilt: Error, CustomStringConvertible {
        let description = "the paint is spilt"
    }

    private static func settings(_ overrides: [String]) throws -> ServiceSettings {
        try ServiceSettings.read(
            service: Sample.name, file: nil, environment: [:], overrides: overrides, known: Sample.allKeys)
    }

    private func reload(_ paint: Paint) throws -> Reload<Sample> {
        Reload(settings: try Self.settings(paint.overrides), logger: Logger(label: "test")) {
            try Self.settings(paint.overrides)
        }
    }

    @Test func `hands what may change to its parts, and names those that changed`() throws {
        let paint = Paint([])
        let reload = try reload(paint)
        reload.add("door") { fresh in
            if fresh.colour == "red" { return nil }
            return { paint.apply("door \(fresh.colour)") }
        }
        reload.add("wall") { fresh in
            if fresh.colour != "blue" { return nil }
            return { paint.apply("wall blue") }
        }
        #expect(reload.perform() == .done(changed: [], needRestart: []))
        paint.overrides = ["paint.colour=green"]
        #expect(reload.perform() == .done(changed: ["door"], needRestart: []))
        paint.overrides = ["paint.colour=blue"]
        #expect(reload.perform() == .done(changed: ["door", "wall"], needRestart: []))
        #expect(paint.applied == ["door green", "door blue", "wall blue"])
    }

    @Test func `one fault, and nothing changes; all faults are told`() throws {
        let paint = Paint(["paint.colour=green"])
        let reload = try reload(paint)
        reload.add("door") { fresh in { paint.apply(fresh.colour) } }
        paint.overrides = ["paint.colour=blue", "paint.size=0", "pant.size=1"]
        #expect(
            reload.perform()
                == .refused([
                    "--set pant.size: is not a known key; did you mean “paint.size”?",
                    "paint.size: expected a whole number from 1 to 9, found “0”",
                ]))
        #expect(paint.applied == [])
    }

    @Test func `a part that cannot change keeps all others as they are`() throws {
        let paint = Paint([])
        let reload = try reload(paint)
        reload.add("door") { fresh in { paint.apply(fresh.colour) } }
        reload.add("wall") { _ in throw Spilt() }
        #expect(reload.perform() == .refused(["the paint is spilt"]))
        #expect(paint.applied == [])
    }

    @Test func `names what only a restart changes, for as long as it differs from the start`() throws {
        let paint = Paint(["paint.size=2"])
        let reload = try reload(paint)
        paint.overrides = ["paint.size=3", "paint.colour=blue", "migrate.table=x"]
        #expect(reload.perform() == .done(changed: [], needRestart: ["paint.size"]))
        #expect(reload.perform() == .done(changed: [], needRestart: ["paint.size"]))
        paint.overrides = []
        #expect(reload.perform() == .done(changed: [], needRestart: ["paint.size"]))
        paint.overrides = ["paint.size=2"]
        #expect(reload.perform() == .done(changed: [], needRestart: []))
    }
}
