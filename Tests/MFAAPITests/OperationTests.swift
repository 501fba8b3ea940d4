// SPDX-License-Identifier: Apache-2.0
import MFAAPI
import Testing

// R69: an operation is open to the scopes of its table and to no others.
@Suite struct OperationTests {
    @Test func `no two operations share a method and a path`() {
        func pattern(_ operation: Operation) -> String {
            let parts = operation.path.split(separator: "/").map { $0.hasPrefix("{") ? "*" : String($0) }
            return operation.method + " " + parts.joined(separator: "/")
        }
        #expect(Set(Operation.allCases.map(pattern)).count == Operation.allCases.count)
    }

    @Test func `every operation has a scope and a known method`() {
        for operation in Operation.allCases {
            #expect(!operation.scopes.isEmpty, "\(operation)")
            #expect(["GET", "POST", "PUT", "PATCH", "DELETE"].contains(operation.method), "\(operation)")
            #expect(operation.path.hasPrefix("/") && !operation.path.hasSuffix("/"), "\(operation)")
        }
    }

    @Test func `only requests that change something have bodies`() {
        for operation in Operation.allCases where operation.hasBody {
            #expect(["POST", "PUT", "PATCH"].contains(operation.method), "\(operation)")
        }
    }

    @Test func `a body that may be left out belongs to a request that has to have none`() {
        for operation in Operation.allCases where operation.mayHaveBody {
            #expect(operation.method == "POST" && !operation.hasBody, "\(operation)")
        }
    }

    @Test func `mobile opens the six device operations and nothing else`() {
        let mobile = Operation.allCases.filter { $0.scopes.contains(.mobile) }
        #expect(
            Set(mobile) == [
                .activateDevice, .createNonce, .listChallenges, .answerChallenge, .setPushAddress, .removeDevice,
            ])
        #expect(mobile.allSatisfy { $0.scopes == [.mobile] })
    }

    @Test func `device operations stand below their own path`() {
        for operation in Operation.allCases {
            #expect(operation.path.hasPrefix("/devices/") == operation.scopes.contains(.mobile))
        }
    }

    @Test func `authenticate opens sign-ins alone`() {
        for operation in Operation.allCases where operation.scopes.contains(.authenticate) {
            #expect(operation.path.hasPrefix("/sign-ins"))
        }
    }

    @Test func `whoever reads the audit may do nothing else, and nobody else may`() {
        for operation in Operation.allCases {
            #expect((operation == .listAudit) == operation.scopes.contains(.readAudit))
        }
        #expect(Operation.listAudit.scopes == [.readAudit])
    }

    @Test func `what only a portal may do is below its path`() {
        for operation in Operation.allCases {
            #expect(operation.path.hasPrefix("/portal/") == (operation.scopes == [.portal]))
        }
    }
}
