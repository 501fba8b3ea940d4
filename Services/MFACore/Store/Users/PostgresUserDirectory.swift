// SPDX-License-Identifier: Apache-2.0
package import MFADomain
package import Postgres
package import Primitives

/// Reads people without locking them.
package struct PostgresUserDirectory: UserDirectory {
    /// Wrong passwords from one address within ``passwordWindow`` before it is refused.
    private static let wrongPasswordsMax = 30
    private static let passwordWindow: Duration = .seconds(600)

    private let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    package func list(search: String?, after name: String?, limit: Int) async throws(Refusal) -> [User] {
        do {
            let rows = try await client.query(
                UserStatements.list, [.text(name ?? ""), .text(search), .integer(limit)])
            return try rows.map { try UserRow.user($0).seen(at: try $0.instant("now")) }
        } catch {
            throw Refusal(.unavailable, reason: "\(error)")
        }
    }

    package func find(_ name: CanonicalName) async throws(Refusal) -> User? {
        try await users(UserStatements.readByName, [.text(name.text)]).first
    }

    package func find(_ id: UserID) async throws(Refusal) -> User? {
        try await users(UserStatements.readByID, [.id(id)]).first
    }

    package func recoverySalt(of subject: PersonSubject) async throws(Refusal) -> PasswordVerifier? {
        let key: SubjectKey
        let value: PostgresValue
        switch subject {
        case .name(let name):
            key = .name
            value = .text(name.text)
        case .signIn(let id):
            key = .signIn
            value = .id(id)
        default: return nil
        }
        do {
            guard let row = try await client.query(FactorStatements.readRecoverySalt(key), [value]).first else {
                return nil
            }
            return PasswordVerifier(
                salt: try row.bytes("recovery_salt"), hash: [], cost: Int(try row.integer("recovery_cost")))
        } catch {
            throw Refusal(.unavailable, reason: "\(error)")
        }
    }

    package func isPasswordAddressBlocked(_ address: String) async throws(Refusal) -> Bool {
        do {
            let rows = try await client.query(
                UserStatements.passwordAddress, [.text(address), .integer(Self.wrongPasswordsMax)])
            return !rows.isEmpty
        } catch {
            throw Refusal(.unavailable, reason: "\(error)")
        }
    }

    package func recordWrongPassword(from address: String) async throws(Refusal) {
        do {
            _ = try await client.execute(
                UserStatements.recordPasswordAddress, [.text(address), .interval(Self.passwordWindow)])
        } catch {
            throw Refusal(.unavailable, reason: "\(error)")
        }
    }

    package func states(of ids: [SignInID]) async throws(Refusal) -> [(SignInID, SignInState)] {
        do {
            let rows = try await client.query(SignInStatements.readStates, [.ids(ids)])
            var states: [(SignInID, SignInState)] = []
            for row in rows {
                if let state = SignInState(rawValue: try row.text("state")) { states.append((try row.id("id"), state)) }
            }
            return states
        } catch {
            throw Refusal(.unavailable, reason: "\(error)")
        }
    }

    private func users(_ statement: Statement, _ values: [PostgresValue]) async throws(Refusal) -> [User] {
        do {
            var users: [User] = []
            for row in try await client.query(statement, values) { users.append(try UserRow.user(row)) }
            return users
        } catch {
            throw Refusal(.unavailable, reason: "\(error)")
        }
    }
}
