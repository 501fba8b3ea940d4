// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import TestKit

extension EndToEnd.Operating {
    /// The audit goes to Debian's rsyslog (docs/operating/audit.md).
    @Suite struct Syslog {
        let world: World

        init() throws { world = try World.current }

        /// Whether the receiver has every row that there is, each one once in the order of the chain.
        private func hasEverything(_ receiver: RsyslogReceiver) async throws -> Bool {
            let rows = try await world.number("select count(*) from core.audit_event")
            return receiver.links == Array(1...rows)
        }

        // R87, F38
        @Test func `a receiver gets every row in order, whatever becomes of it while people sign in`() async throws {
            let receiver = try await RsyslogReceiver(
                in: "\(world.folder)/syslog-\(Workshop.unique())", cleanup: world.cleanup)
            try await receiver.start()
            // Whom another authority vouches for gets nothing, and that is said once.
            let settings = [
                "syslog.host": "localhost", "syslog.port": "\(receiver.port)",
                "syslog.ca": "\(world.folder)/certificates/mfa-core/ca.pem",
            ]
            let core = try await world.start(.core, apart: true, settings: settings)
            let refusal = await core.logs("the syslog receiver does not get the audit")
            #expect(refusal?.contains("untrusted") == true && receiver.rows.isEmpty)
            try await world.configure(core, settings.merging(["syslog.ca": receiver.authority]) { $1 })
            try await core.becomesReady()
            var place = core.log.count
            try await world.reload(core)
            #expect(await core.logs("the syslog receiver gets the audit again", since: place) != nil)
            let token = try await world.createUserWithToken("syslog", "hotp")
            try await eventually("the receiver has everything") { try await hasEverything(receiver) }
            // It dies; people go on, and the service stays ready.
            place = core.log.count
            try await receiver.kill()
            for counter in 0..<20 {
                #expect(
                    try await world.state(of: token.passcode(counter: UInt64(counter)), by: token.person) == "approved")
            }
            #expect(await core.logs("the syslog receiver does not get the audit", since: place) != nil)
            #expect(try await world.operators("/readyz", of: core).status == 200)
            try await receiver.start()
            try await eventually("the receiver has everything again", within: .seconds(40)) {
                try await hasEverything(receiver)
            }
            #expect(await core.logs("the syslog receiver gets the audit again", since: place) != nil)
            // Once for each reason, of which there are two when it died in the middle of something.
            let told = core.log.lines(since: place).count { $0.contains("the syslog receiver does not get the audit") }
            #expect(told <= 2)
            // What it has is what stands in the chain, byte for byte.
            let export = "\(world.folder)/audit-\(Workshop.unique()).jsonl"
            try await world.core("audit", ["export", "--out", export])
            let chained = Set(
                try String(contentsOfFile: export, encoding: .utf8).split(separator: "\n").compactMap(Self.row))
            #expect(chained.count > 20 && receiver.rows.allSatisfy { chained.contains($0) })
            try await core.stop()
        }

        /// The row in a line of an export, as docs/operating/audit.md takes it out.
        private static func row(in line: Substring) -> String? {
            guard let start = line.firstRange(of: "\"row\":")?.upperBound, line.hasSuffix("}") else { return nil }
            return String(line[start...].dropLast())
        }
    }
}
