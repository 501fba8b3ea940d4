// SPDX-License-Identifier: Apache-2.0
import HTTPKit
import MFACoreStore
import MFADomain
import Postgres
import Primitives
import ServiceRuntime

/// How a command ends that did not do what it was asked: sentences for standard error, and the exit status.
package struct CommandFault: Error, Sendable {
    package let sentences: [String]
    /// 1: refused; 2: wrong usage.
    package let status: Int32

    /// The command was understood and cannot be done.
    package static func refused(_ sentence: String) -> Self { Self(sentences: [sentence], status: 1) }

    /// The same, for more than one reason.
    static func refused(_ sentences: [String]) -> Self { Self(sentences: sentences, status: 1) }

    /// The command makes no sense as it was given.
    package static func usage(_ sentence: String) -> Self { Self(sentences: [sentence], status: 2) }

    /// What to tell of any error that a command can meet.
    package init(explaining error: any Error) {
        switch error {
        case let fault as CommandFault: self = fault
        case let problems as ConfigurationProblems: self.init(sentences: problems.messages, status: 1)
        case let refusal as Refusal: self = .refused(Self.sentence(refusal))
        case let problem as Problem:
            self = .usage(problem.detail ?? "The values do not fit (\(problem.code.rawValue)).")
        case let error as PostgresError: self = .refused(Self.sentence(error))
        case let error as UnreadablePolicy:
            self = .refused("This version cannot read the policy (\(error.what)); use the one that wrote it.")
        case let error as KeyError: self = .refused(error.reason)
        case let error as MigrationError: self = .refused(error.reason)
        default: self = .refused("Failed: \(error)")
        }
    }

    private init(sentences: [String], status: Int32) {
        self.sentences = sentences.map(TerminalText.clean)
        self.status = status
    }

    private static func sentence(_ refusal: Refusal) -> String {
        if let detail = refusal.detail { return detail }
        return switch refusal.code {
        case .notFound: "There is no such user or factor."
        case .conflict: "That is taken already."
        case .unavailable: "The database did not decide: \(refusal.reason). Try again."
        default: "Refused: \(refusal.reason)."
        }
    }

    private static func sentence(_ error: PostgresError) -> String {
        switch error.code {
        // No such schema, no such table, no such column or function.
        case .statement(let state) where ["3F000", "42P01", "42703", "42883"].contains(state):
            "The database has no schema that fits this version; run mfa-core migrate first."
        case .outcomeUnknown:
            "The connection was lost at the commit, so it is not known whether this was done; look before trying again."
        case .unavailable, .timedOut: "The database does not answer: \(error.reason)"
        default: "The database refused: \(error.reason)"
        }
    }
}
