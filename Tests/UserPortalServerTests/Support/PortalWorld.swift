// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import MFAClient
import Postgres
import Primitives
import ServiceRuntime
import TestKit
import UserPortalServer

/// The whole portal in this process: its routes, a database of its own, and a fake sdk-service over real HTTP.
struct PortalWorld: Sendable {
    static let origin = "https://localhost:8443"
    static let base = "/enroll"

    let fake: FakeSDK
    let database: TestDatabase
    let draining: Draining
    let client: any TestClientProtocol

    /// Runs `body` in a fresh world.
    static func with<Value: Sendable>(
        prefixes: [String] = [base], _ body: @escaping @Sendable (PortalWorld) async throws -> Value
    ) async throws -> Value {
        let fake = FakeSDK()
        return try await withTestDatabase(from: portalSchema) { database in
            try await fake.serve { url in
                try await database.withClient { postgres in
                    let draining = Draining()
                    let sdk = MFAClient(
                        http: .shared, urls: [url],
                        credentials: BasicCredentials(name: "portal", secret: SecretBytes(utf8: "s")))
                    let routes = PortalRoutes(
                        configuration: PortalSettings(prefixes: prefixes, origin: origin),
                        resources: try PortalResources(directory: resources),
                        clients: PortalClients(calls: sdk, waits: sdk),
                        store: PostgresSessionStore(database: postgres, limits: SessionLimits()), draining: draining)
                    let application = Application(responder: routes.responder, logger: .silent)
                    return try await application.test(.router) { client in
                        try await body(
                            PortalWorld(fake: fake, database: database, draining: draining, client: client))
                    }
                }
            }
        }
    }

    /// Only the portal's schema, made by its own migration.
    static let portalSchema = DatabaseTemplate { database in
        try await database.run(
            """
            create schema core; create schema portal;
            create function core.grant_to(suffix text, rights text) returns void language sql as 'select'
            """)
        try await database.run(String(decoding: Data(contentsOf: migration), as: UTF8.self))
    }

    /// Where the pages come from.
    static let resources = repository.appendingPathComponent("Services/UserPortal/Server/Resources").path

    private static let migration = repository.appendingPathComponent(
        "Services/MFACore/Store/Migrations/SQL/V0008__portal_sessions.sql")

    private static var repository: URL {
        (0..<4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    }

    /// A browser that has not been here yet.
    func browser() -> Browser { Browser(client: client) }

    /// The rows of the table as text: everything an eavesdropper on the database sees, without the time of the last
    /// request, which every request moves.
    func rows() async throws -> [String] {
        try await database.withClient { client in
            try await client.query(Self.allRows).map { try $0.text("line") }
        }
    }

    private static let allRows = Statement(
        "tests.sessions",
        """
        select concat_ws('|', encode(hash, 'hex'), stage, encode(sealed, 'hex'), encode(sealed, 'escape'), created_at)
            as line
        from portal.session order by hash
        """)
}
