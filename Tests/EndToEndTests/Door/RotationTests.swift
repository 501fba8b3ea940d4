// SPDX-License-Identifier: Apache-2.0
import TestKit
import Testing

extension EndToEnd.Standing {
    /// R70: two live secrets while an integrator changes over.
    @Suite struct Rotation {
        let world: World

        init() throws { world = try World.current }

        private func status(_ account: World.Account, copy: Int) async throws -> Int {
            let url = try await world.copies(of: .sdk)[copy].url()
            return try await world.web.send(
                "GET", "\(url)/api/v1/users?limit=1", headers: [("Authorization", World.basic(account))]
            ).status
        }

        private func rotate(_ name: String, _ options: String...) async throws -> World.Account {
            let answer = try await world.core("service-account", ["rotate", name, "--json"] + options)
            let secret = try #require(JSON(parsing: Array(answer.utf8))?["secret"]?.text)
            return World.Account(name: name, secret: secret)
        }

        // R70
        @Test func `old and new both work in the overlap, the old one fails after it`() async throws {
            let old = try await world.addAccount("rotated-\(Workshop.unique())", "--scope", "manage-users")
            let new = try await rotate(old.name)
            for copy in world.copies(of: .sdk).indices {
                #expect(try await status(old, copy: copy) == 200)
                #expect(try await status(new, copy: copy) == 200)
            }
            let listed = try await world.core("service-account", ["list"])
            let line = try #require(listed.split(separator: "\n").first { $0.hasPrefix(old.name) })
            #expect(line.contains(" until "))
            #expect(!listed.contains(old.secret) && !listed.contains(new.secret))
            // The overlap goes by, at the database.
            try await world.sql(
                """
                update sdk.service_account_secret set ended_at = clock_timestamp()
                where ended_at > clock_timestamp() and account_id in
                    (select id from sdk.service_account where name = '\(old.name)')
                """)
            for copy in world.copies(of: .sdk).indices {
                try await eventually("the old secret fails") { try await status(old, copy: copy) == 401 }
                #expect(try await status(new, copy: copy) == 200)
            }
        }

        // R70
        @Test func `a lost secret is ended at once`() async throws {
            let lost = try await world.addAccount("lost-\(Workshop.unique())", "--scope", "manage-users")
            #expect(try await status(lost, copy: 0) == 200)
            let new = try await rotate(lost.name, "--overlap-seconds", "0")
            try await eventually("the lost secret fails") { try await status(lost, copy: 0) == 401 }
            #expect(try await status(new, copy: 0) == 200)
            let refused = try await world.tryCore(["service-account", "rotate", lost.name, "--overlap-seconds", "-1"])
            #expect(refused.status == 2)
        }
    }
}
