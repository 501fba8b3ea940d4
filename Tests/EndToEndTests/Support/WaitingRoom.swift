// SPDX-License-Identifier: Apache-2.0
import Foundation
import Primitives
import SimulatedPhone
import Testing
import TestKit

/// A copy of mfa-core and one of sdk-service with room for a crowd, on the database of a standing world: whoever waits
/// does so through them, and phones answer by way of the world's own copies.
struct WaitingRoom: Sendable {
    /// A sign-in that waits for its owner.
    struct Asked: Sendable {
        let owner: Cast.Owner
        let prompt: Prompt
    }

    /// What a caller heard in the end, and when.
    struct Heard: Sendable {
        let state: String
        let at: ContinuousClock.Instant
    }

    /// What is held at one moment.
    struct Use: Sendable {
        let core: ResourceUse
        let door: ResourceUse
        /// To the database, of all copies there are.
        let connections: Int
    }

    /// Who comes at once: a handshake of thousands in a moment would be a load of another kind.
    private static let batch = 50
    /// Calls at one time, fewer than the turnstile lets in.
    private static let width = 16

    let world: World
    private let places: Int
    private let core: ServiceProcess
    private let door: ServiceProcess
    /// Keeps a connection for each that waits.
    private let web: WebClient

    init(_ world: World, places: Int) async throws {
        let core = try await world.start(.core, apart: true, settings: ["push.timeoutSeconds": "600"])
        let door = try await world.start(
            .sdk, apart: true,
            settings: [
                "core.urls": "[\(try await core.url())]", "capacity.accountWaitingMax": "\(places)",
                "listener.connectionsMax": "\(places + 1_000)",
                "listener.connectionsPerAddressMax": "\(places + 1_000)",
            ])
        let web = try WebClient(trustRoots: world.trustRoots, connectionsMax: places)
        (self.world, self.places, self.core, self.door, self.web) = (world, places, core, door, web)
        // Should the scenario fail before everybody has left.
        world.cleanup.add { await web.close() }
        for copy in [core, door] { try await copy.becomesReady() }
        try #require(await door.logs("decisions stream open") != nil)
    }

    /// What both copies hold now.
    func use() async throws -> Use {
        Use(
            core: try #require(ResourceUse(of: core.process.pid)),
            door: try #require(ResourceUse(of: door.process.pid)),
            connections: try await world.number(
                "select count(*) from pg_stat_activity where usename in ('mfa_core', 'mfa_sdk')"))
    }

    /// What both hold too much of now that nobody waits any more.
    func leftovers(since before: Use) async throws -> [Violation] {
        let now = try await use()
        return now.core.violations(core.name, before: before.core, cap: .init(of: .core))
            + now.door.violations(door.name, before: before.door, cap: .init(of: .sdk, crowd: places))
    }

    /// The passcodes of `counters` for each of `tokens`, all of them right: how long each check took.
    func check(_ tokens: [Token], _ counters: Range<UInt64>) async throws -> [Duration] {
        try await inParallel(tokens.count) { number in
            var times: [Duration] = []
            for counter in counters {
                let begun = ContinuousClock.now
                let reply = try await world.check(
                    tokens[number].passcode(counter: counter), of: tokens[number].person.name, at: door)
                times.append(ContinuousClock.now - begun)
                #expect(reply["state"]?.text == "approved", "\(reply.status) \(reply.text)")
            }
            return times
        }.flatMap(\.self)
    }

    /// Starts a sign-in by phone for everybody.
    func ask(_ owners: [Cast.Owner]) async throws -> [Asked] {
        try await inParallel(owners.count, width: Self.width) { number in
            let body: JSON = ["user": .string(owners[number].person.name), "factor": "push"]
            let reply = try await world.web.send(
                "POST", "\(try await door.url())/api/v1/sign-ins",
                headers: try headers() + [("Content-Type", "application/json")], body: body.bytes)
            try #require(reply["nextStep"]?.text == "wait", "\(reply.status) \(reply.text)")
            return Asked(
                owner: owners[number],
                prompt: Prompt(
                    id: try #require(reply["id"]?.text), number: try #require(reply["numberToEnter"]?.text)))
        }
    }

    /// Has a caller wait for each of them, on a connection of its own; returns when all wait.
    func hold(_ asked: [Asked]) async throws -> [Task<Heard, any Error>] {
        var waiting: [Task<Heard, any Error>] = []
        for one in asked {
            waiting.append(Task { try await decision(of: one.prompt.id) })
            guard waiting.count.isMultiple(of: Self.batch) || waiting.count == asked.count else { continue }
            // Of thousands, a few are always about to ask again.
            let most = waiting.count - waiting.count / 100
            try await eventually("\(most) callers wait", within: .seconds(60)) { try await waitingCallers >= most }
        }
        return waiting
    }

    /// Ends a sign-in as its account may.
    func cancel(_ asked: Asked) async throws -> String {
        let reply = try await world.web.send(
            "POST", "\(try await door.url())/api/v1/sign-ins/\(asked.prompt.id)/cancellation", headers: try headers())
        return reply["state"]?.text ?? "\(reply.status) \(reply.text)"
    }

    /// How many callers wait now.
    var waitingCallers: Int {
        get async throws { try await world.waitingCallers(at: door) }
    }

    /// Ends the connections of all who waited.
    func leave() async {
        await web.close()
    }

    /// Stops both copies; the world goes on.
    func stop() async throws {
        for copy in [door, core] { #expect(try await copy.stop() == 0) }
    }

    /// Asks again whenever a wait ends without a decision, and later when it is told to.
    private func decision(of id: String) async throws -> Heard {
        let url = "\(try await door.url())/api/v1/sign-ins/\(id)?waitSeconds=55"
        while true {
            let reply = try await web.send("GET", url, headers: try headers())
            if reply.status != 200, let seconds = reply.header("Retry-After").flatMap({ Int($0) }) {
                try await Task.sleep(for: .seconds(seconds))
                continue
            }
            guard reply.status == 200, let state = reply["state"]?.text else {
                throw TestKitError("A caller that waits was answered with \(reply.status): \(reply.text)")
            }
            if state != "pending" { return Heard(state: state, at: .now) }
        }
    }

    private func headers() throws -> [(String, String)] {
        [("Authorization", World.basic(try world.account("integrator")))]
    }
}

extension World {
    /// How many callers a copy of sdk-service holds the answers of.
    func waitingCallers(at door: ServiceProcess) async throws -> Int {
        let lines = try await operators("/metrics", of: door).text.split(separator: "\n")
        return lines.first { $0.hasPrefix("mfa_waiting_callers ") }
            .flatMap { Double($0.split(separator: " ")[1]) }.map { Int($0) } ?? 0
    }

    /// People with a phone each that come by the database's own door: by ours, thousands would take their time.
    func insertOwners(_ count: Int) async throws -> [Cast.Owner] {
        let run = Workshop.unique()
        var owners: [Cast.Owner] = []
        var (users, devices): ([String], [String]) = ([], [])
        for number in 0..<count {
            let person = Person(name: "carol-\(run)-\(number)", id: UUID().uuidString.lowercased())
            let device = UUID().uuidString.lowercased()
            let phone = try await newPhone()
            await phone.become(
                PhoneIdentity(deviceId: device, userId: person.id, userName: person.name, accountName: "Countersign"))
            owners.append(Cast.Owner(person: person, phone: phone))
            users.append("('\(person.id)', '\(person.name)', '\(person.name)')")
            let key = Hex.encode(phone.publicKey)
            devices.append("('\(device)', '\(person.id)', 'device', 'phone', 'active', '\\x\(key)', 'simulated')")
        }
        try await sql(
            """
            insert into core."user" (id, username, canonical_name) values \(users.joined(separator: ","));
            insert into core.factor (id, user_id, kind, name, state, public_key, platform)
            values \(devices.joined(separator: ","));
            analyze core."user"; analyze core.factor
            """)
        return owners
    }
}
