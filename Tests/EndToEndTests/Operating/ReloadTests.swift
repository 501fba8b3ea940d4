// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import TestKit

extension EndToEnd.Operating {
    /// What SIGHUP changes in a service that runs, and what it does not (docs/operating/reload.md).
    @Suite struct Reloads {
        let world: World

        init() throws { world = try World.current }

        private func certificates(_ service: Service) -> String { "\(world.folder)/certificates/\(service.rawValue)" }

        /// Connects; to mfa-core as sdk-service, since it talks to nobody else.
        private func connecting<R: Sendable>(
            to copy: ServiceProcess, _ body: (KeptConnection) async throws -> R
        ) async throws -> R {
            try await KeptConnection.with(
                port: try await copy.port(), trustRoots: world.trustRoots,
                identity: copy.service == .core ? certificates(.sdk) : nil, body)
        }

        private func serial(of copy: ServiceProcess) async throws -> String {
            try await connecting(to: copy) { connection in
                _ = try await connection.get("/")
                return try await connection.serverSerial()
            }
        }

        private func metric(_ name: String, of copy: ServiceProcess) async throws -> Double? {
            let text = try await world.operators("/metrics", of: copy).text
            let line = text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
            return line.flatMap { Double($0.dropFirst(name.count + 1)) }
        }

        // R74
        @Test(arguments: Service.allCases)
        func `a connection that stands is kept, and the next handshake shows the new certificate`(
            service: Service
        ) async throws {
            let copy = world.copies(of: service)[0]
            try await connecting(to: copy) { kept in
                let before = try await kept.get("/")
                let old = try await kept.serverSerial()
                try await world.core("certificate", ["renew", service.rawValue, "--out", certificates(service)])
                #expect(try await serial(of: copy) == old)
                try await world.reload(copy)
                #expect(try await kept.get("/") == before)
                let new = try await serial(of: copy)
                #expect(new != old && !new.isEmpty)
                // What stands still has the certificate it was made with.
                #expect(try await kept.get("/") == before)
                #expect(try await kept.serverSerial() == old)
            }
            try await world.becomeReady(within: .seconds(10))
        }

        // R74
        @Test func `a faulty configuration changes nothing, and every fault is told as check-config tells it`()
            async throws
        {
            let sdk = world.copies(of: .sdk)[0]
            let before = try await serial(of: sdk)
            let refused = try await metric("service_reloads_total{outcome=\"refused\"}", of: sdk) ?? 0
            let key = "\(certificates(.sdk))/key.pem"
            try await world.replace("\(key).kept", with: key)
            // A key of another certificate, a port that is none, a key that is none, and a level that would be fine.
            try await world.replace(key, with: "\(certificates(.mobile))/key.pem")
            try await world.configure(sdk, ["listener.port": "70000", "log.level": "trace", "listner.host": "x"])
            let faults = try await world.faults(ofReloading: sdk)
            let check = try await ChildProcess.run(
                .init(
                    try Workshop.program("sdk-service"),
                    ["check-config", "--config", world.configurationFile(of: sdk)]))
            #expect(check.status == 1)
            #expect(faults == check.errors.split(separator: "\n").map(String.init))
            #expect(faults.count >= 3)
            #expect(try await serial(of: sdk) == before)
            #expect(try await world.call("GET", "/users?limit=1").status == 200)
            #expect(!sdk.log.lines().contains { $0.contains("\"level\":\"trace\"") })
            #expect(try await metric("service_reloads_total{outcome=\"refused\"}", of: sdk) == refused + 1)
            try await world.replace(key, with: "\(key).kept")
            try await world.configure(sdk)
            try await world.reload(sdk)
        }

        /// Where a service has nothing, which it tells at the level `debug`.
        private static let nowhere: [Service: String] = [
            .core: "/internal/v1/nothing", .sdk: "/api/v1/nothing", .portal: "/enroll/nothing",
            .mobile: "/PA/api/v1/nothing",
        ]

        private static func isDebug(_ line: String) -> Bool { line.contains("\"level\":\"debug\"") }

        @Test(arguments: [
            (Service.core, "identity.issuer", "Another name"), (.sdk, "listener.idleSeconds", "61"),
            (.portal, "listener.idleSeconds", "61"), (.mobile, "listener.idleSeconds", "61"),
        ])
        func `the log level changes at once, and a setting that needs a restart is named`(
            service: Service, key: String, value: String
        ) async throws {
            let copy = world.copies(of: service)[0]
            let path = try #require(Self.nowhere[service])
            func ask() async throws {
                let status = try await connecting(to: copy) { try await $0.get(path) }
                #expect((400..<500).contains(status))
            }
            try await world.configure(copy, ["log.level": "debug", key: value])
            let place = copy.log.count
            try await world.reload(copy)
            let named = await copy.logs("a restart is needed for changed settings", since: place)
            #expect(named?.contains("\"keys\":\"\(key)\"") == true)
            try await ask()
            let debug = await copy.log.line(since: place) { Self.isDebug($0) && $0.contains("request failed") }
            #expect(debug != nil)
            try await world.configure(copy)
            try await world.reload(copy)
            let quiet = copy.log.count
            try await ask()
            // The request itself is told of, and nothing else.
            #expect(await copy.logs("request", since: quiet) != nil)
            #expect(!copy.log.lines(since: quiet).contains { Self.isDebug($0) })
        }

        @Test(arguments: [(Service.mobile, "mobile"), (.portal, "portal")])
        func `a service takes the secret of another account and goes on`(service: Service, scope: String) async throws {
            let copy = world.copies(of: service)[0]
            let name = "\(scope)-\(Workshop.unique())"
            try await world.addAccount(name, "--scope", scope)
            try await world.configure(
                copy, ["sdk.account": name, "sdk.secretFile": "\(world.folder)/secrets/\(name).secret"])
            try await world.reload(copy)
            #expect(try await world.operators("/readyz", of: copy).status == 200)
            // What happens to that account happens to the service.
            try await world.core("service-account", ["disable", name, "--yes"])
            try await eventually("\(copy.name) is refused") {
                try await world.operators("/readyz", of: copy).text.contains("sdk_refuses_account")
            }
            try await world.configure(copy)
            try await world.reload(copy)
            // A refused account is tried again after a pause only.
            try await world.becomeReady(within: .seconds(30))
        }

        @Test(arguments: [(Service.core, "core"), (.sdk, "sdk"), (.portal, "portal")])
        func `the next connections to the database use the new password`(service: Service, role: String) async throws {
            let copy = world.copies(of: service)[0]
            let file = "\(world.folder)/passwords/\(role).password"
            let new = Workshop.unique()
            try await world.sql("alter role mfa_\(role) password '\(new)'")
            try Workshop.write(new, to: file)
            try await world.reload(copy)
            #expect(try await world.operators("/readyz", of: copy).status == 200)
            let place = copy.log.count
            try await world.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'mfa_\(role)'")
            try await eventually("\(copy.name) has connections again") {
                try await world.number(
                    "select count(*) from pg_stat_activity where usename = 'mfa_\(role)'") >= 2
            }
            try await world.becomeReady(within: .seconds(20))
            #expect(!copy.log.lines(since: place).contains { $0.contains("password authentication failed") })
        }

        // F28: said thirty days before, and measured.
        @Test func `how long certificates are good for is measured, and an early end is said`() async throws {
            let mobile = world.copies(of: .mobile)[0]
            let name = "certificate_expiry_seconds{key=\"listener.certificate\"}"
            #expect(try #require(try await metric(name, of: mobile)) > 390 * 86_400)
            let own = try await OtherAuthority(in: "\(world.folder)/other-\(Workshop.unique())")
            let short = try await own.issue(for: .mobile)
            try await world.configure(
                mobile,
                ["listener.certificate": "\(short)/certificate.pem", "listener.privateKey": "\(short)/key.pem"])
            let place = mobile.log.count
            try await world.reload(mobile)
            let said = await mobile.logs("certificate expires soon", since: place)
            #expect(said?.contains("listener.certificate") == true)
            #expect((0...86_400).contains(try #require(try await metric(name, of: mobile))))
            try await world.configure(mobile)
            try await world.reload(mobile)
            #expect(try #require(try await metric(name, of: mobile)) > 390 * 86_400)
        }

        // R96, F33
        @Test func `a storm of SIGHUPs under load loses nothing`() async throws {
            let tokens = try await inParallel(8) { _ in try await world.createUserWithToken("storm", "hotp") }
            let load = PasscodeLoad(world, counters: tokens, clocks: [], at: world.copies(of: .sdk)[0])
            let working = Task { try await load.run() }
            try await eventually("the load runs") { load.count >= 40 }
            for round in 0..<100 {
                for copy in world.allCopies { copy.process.signal(SIGHUP) }
                // The certificates that it reads meanwhile are others each time.
                if round % 25 == 0 {
                    try await world.core("certificate", ["renew", "sdk-service", "--out", certificates(.sdk)])
                }
            }
            let stormed = load.count
            for copy in world.allCopies { try await world.reload(copy) }
            try await eventually("work goes on") { load.count >= stormed + 40 }
            load.end()
            try await working.value
            #expect(tally(load.answers.map(\.told)) == ["approved": load.count])
            for copy in world.allCopies { #expect(copy.process.isRunning, "\(copy.name)") }
        }
    }
}
