// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import SDKServer
import Testing

struct ScopeVerdictTests {
    @Test func `an account without scopes may do nothing`() {  // R69
        for operation in Operation.allCases {
            #expect(
                ScopeVerdict([], operation: operation, user: "me", hasTicket: true) == .refused(.scopeMissing))
        }
    }

    @Test func `managing users needs no ticket, whatever other scopes there are`() {
        #expect(
            ScopeVerdict([.manageUsers, .portal], operation: .listFactors, user: "alice", hasTicket: false)
                == .allowed)
    }

    @Test func `another scope does not lift the portal's limit`() {  // R69
        let scopes: Set<Scope> = [.portal, .authenticate, .mobile]
        #expect(
            ScopeVerdict(scopes, operation: .listFactors, user: "alice", hasTicket: true) == .refused(.otherPerson))
        #expect(
            ScopeVerdict(scopes, operation: .listFactors, user: "me", hasTicket: false) == .refused(.ticketMissing))
    }

    @Test func `the portal needs no ticket where no person is named`() {
        #expect(ScopeVerdict([.portal], operation: .readSignIn, user: nil, hasTicket: false) == .allowed)
    }
}
