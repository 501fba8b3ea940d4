// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import SimulatedPhone
import Testing
import TestKit

extension EndToEnd.Samples {
    /// The four services from deploy/configuration as delivered: only hosts, ports and paths come from the environment,
    /// each copy has a folder of its own and, where the tests run as root, a user of its own.
    @Suite(
        .world {
            var plan = World.Plan()
            plan.databaseTLS = try await DatabaseTLS.make()
            return try await World.bare("samples", plan)
        }, .logsOfTheWorld)
    struct SampleSuite {
        let world: World

        init() throws { world = try World.current }

        @Test func `the delivered configurations make a suite that signs people in`() async throws {
            let site = try SampleSite(world)
            try await site.install()
            let cores = [try await site.start(.core, in: "mfa-core"), try await site.start(.core, in: "mfa-core-2")]
            for core in cores { try await core.becomesReady() }
            site.coreURLs = [try await cores[0].url(), try await cores[1].url()]
            let sdk = try await site.start(.sdk, in: "sdk-service")
            try await sdk.becomesReady()
            site.sdkURL = try await sdk.url()
            let mobile = try await site.start(.mobile, in: "mobileapp-service")
            let portal = try await site.start(.portal, in: "user-portal")
            for copy in [mobile, portal] { try await copy.becomesReady() }

            let web = try WebClient(trustRoots: site.authority)
            let page = try await web.send("GET", try await portal.url() + "/enroll/")
            #expect(page.status == 200 && page.text.contains("name=\"password\""))
            try await walk(site, web, mobile: mobile)
            await web.close()
            for core in cores {
                let served = core.log.lines().filter { $0.contains("\"path\":\"/internal/v1/") }
                #expect(served.contains { !$0.contains("/ping") && !$0.contains("/decisions") }, "\(core.name)")
            }
            try expectOwnUsers(site, cores + [sdk, mobile, portal])
            try await expectClosedMemory(site, cores + [sdk, mobile, portal])
            try await expectEncryptedSessions()
            for copy in [mobile, portal, sdk] + cores { #expect(try await copy.stop() == 0) }
        }

        /// A phone and a prompt through all of them.
        private func walk(_ site: SampleSite, _ web: WebClient, mobile: ServiceProcess) async throws {
            let url = site.sdkURL + "/api/v1"
            let headers = [
                ("Authorization", World.basic(site.administrator)), ("Content-Type", "application/json"),
            ]
            func call(_ path: String, _ body: JSON) async throws -> Reply {
                try await web.send("POST", url + path, headers: headers, body: body.bytes)
            }
            #expect(try await call("/users", ["username": "alice"]).status == 201)
            let activation = try await call("/users/alice/activations", [:])
            // The link names the address from the configuration, which is not this machine's.
            let link = try #require(activation["activationURI"]?.text)
            let phone = try SimulatedPhone(
                baseURL: try await mobile.url() + "/pa", trustRootsPath: site.authority)
            try await phone.activate(link: link)
            // R17: the sample's domains.
            let push = try await call("/sign-ins", ["user": "EXAMPLE\\Alice", "factor": "push"])
            let number = try #require(push["numberToEnter"]?.text, "\(push.text)")
            let challenge = try #require(try await phone.challenges().first)
            #expect(try await phone.answer(challenge, .approve(number: number)) == "approved")
            let answer = try await web.send(
                "GET", "\(url)/sign-ins/\(push["id"]?.text ?? "")?waitSeconds=10", headers: headers)
            #expect(answer["state"]?.text == "approved")
        }

        /// The samples say `verify-full`, so nobody may have come in any other way.
        private func expectEncryptedSessions() async throws {
            let sessions = try await world.sql(
                """
                select usename::text as role, bool_and(ssl) as encrypted from pg_stat_activity
                join pg_stat_ssl using (pid) where usename like 'mfa\\_%' group by 1 order by 1
                """)
            #expect(try sessions.map { try $0.text("role") } == ["mfa_core", "mfa_portal", "mfa_sdk"])
            #expect(try sessions.allSatisfy { try $0.boolean("encrypted") })
        }

        /// R99: every process is its own user, and mobileapp-service's can read nobody else's files.
        private func expectOwnUsers(_ site: SampleSite, _ copies: [ServiceProcess]) throws {
            guard site.hasUsers else { return }
            var users: [Service: Set<Substring>] = [:]
            for copy in copies {
                let status = try String(contentsOfFile: "/proc/\(copy.process.pid)/status", encoding: .utf8)
                let line = status.split(separator: "\n").first { $0.hasPrefix("Uid:") } ?? ""
                users[copy.service, default: []].insert(line)
                let environment = try String(contentsOfFile: "/proc/\(copy.process.pid)/environ", encoding: .utf8)
                if copy.service == .mobile {
                    for word in ["DATABASE", "MASTER_KEY", "postgresql"] { #expect(!environment.contains(word)) }
                }
            }
            #expect(users.values.allSatisfy { $0.count == 1 })
            #expect(Set(users.values.flatMap { $0 }).count == Service.allCases.count)
        }

        /// R83: not even their own user reads the memory and the environment of running services.
        private func expectClosedMemory(_ site: SampleSite, _ copies: [ServiceProcess]) async throws {
            for copy in copies {
                for file in ["environ", "mem", "auxv"] {
                    let path = "/proc/\(copy.process.pid)/\(file)"
                    let end = try await ChildProcess.run(
                        .init("/usr/bin/head", ["-c", "64", path], user: site.user(of: copy.service)))
                    #expect(end.status != 0 && end.output.isEmpty, "\(copy.name) \(file): \(end.output)")
                    #expect(end.errors.contains("Permission denied"), "\(copy.name) \(file): \(end.errors)")
                }
            }
            // The same user reads a process of its own that is open: nothing else stands in the way.
            let open = try ChildProcess(.init("/bin/sleep", ["60"], user: site.user(of: .mobile)))
            try await eventually("an open process is read") {
                let end = try await ChildProcess.run(
                    .init("/usr/bin/head", ["-c", "4", "/proc/\(open.pid)/environ"], user: site.user(of: .mobile)))
                return end.status == 0 && !end.output.isEmpty
            }
            try await open.kill()
        }

        // R99
        @Test func `the public service's user reads none of the other folders`() async throws {
            let site = try SampleSite(world)
            guard site.hasUsers else { return }
            for service in Service.allCases {
                try site.own(service, in: service.rawValue)
                let end = try await ChildProcess.run(
                    .init("/bin/ls", [site.folder(of: service.rawValue)], user: site.user(of: .mobile)))
                #expect((end.status == 0) == (service == .mobile), "\(service.rawValue)")
            }
        }
    }
}
