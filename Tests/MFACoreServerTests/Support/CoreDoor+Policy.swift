// SPDX-License-Identifier: Apache-2.0
import MFACoreServer
import MFACoreStore
import MFADomain
import Postgres
import TestKit
import Testing

extension CoreDoor {
    /// Makes `yaml` the policy of the door's database.
    func apply(policy yaml: String) async throws {
        let (document, faults) = PolicyFile.read(yaml, domains: IdentityDomains([]))
        try #require(faults.isEmpty, "\(faults)")
        try await database.withClient { client in
            let store = PostgresPolicyStore(client: client, instance: "tests")
            _ = try await store.apply(
                document, source: yaml, comment: "", base: try await store.current().version,
                caller: Caller(account: "cli:tests", frontEnd: "cli"))
        }
    }
}
