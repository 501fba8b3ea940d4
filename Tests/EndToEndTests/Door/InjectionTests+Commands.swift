// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import Testing
import TestKit

/// R99 on the command line: what administrators type, or a script that takes names from somewhere else.
extension EndToEnd.Standing.Injections {
    /// Filters of `audit list`, and the member of a row that each of them is about; nil where a text is no such thing.
    private static let filters: [(option: String, member: String?)] = [
        ("user", "userGiven"), ("event", "event"), ("outcome", "outcome"), ("reason", "reason"),
        ("application", "application"), ("actor", "actor"), ("front-end", "frontEnd"), ("sign-in", "signInId"),
        ("since", nil), ("until", nil),
    ]

    /// Commands with a text where a name, a network or a time is meant.
    private static func commands(_ text: String) -> [[String]] {
        let account = "service-account"
        return [
            [account, "add", text, "--scope", "authenticate"],
            [account, "add", "injected", "--scope", "authenticate", "--network", text],
            [account, "add", "injected", "--scope", text],
            [account, "add", "injected", "--scope", "authenticate", "--no-secret", "--certificate-san", text],
            [account, "rotate", text], [account, "set", text, "--rate-per-second", "1"],
            [account, "disable", text, "--yes"], [account, "remove", text, "--yes"],
            ["policy", "explain", "--user", "nobody", "--application", "vpn", "--at", text],
            ["policy", "explain", "--user", "nobody", "--application", "vpn", "--address", text],
            ["policy", "show", text], ["policy", "revert", text],
        ]
    }

    /// One text for each place in `make test`, each text for each of them in `make soak`.
    private static func pairs(_ places: Int) -> [(place: Int, text: String)] {
        (0..<places).flatMap { place -> [(place: Int, text: String)] in
            let all = texts.map { (place: place, text: $0) }
            return Workshop.isSoak ? all : [all[place % all.count]]
        }
    }

    /// Says so when a database was asked something that it did not understand.
    private func expectNoStatement(_ end: ChildProcess.End, _ arguments: [String]) {
        #expect((0...2).contains(end.status), "\(arguments): \(end.status)")
        for word in ["syntax error", "42601", "22P02", "unterminated"] {
            #expect(!(end.errors + end.output).contains(word), "\(arguments): \(end.errors)")
        }
    }

    // R99
    @Test func `SQL in a filter of the audit finds rows with that text and no other`() async throws {
        let before = try await tableCount()
        let pairs = Self.pairs(Self.filters.count)
        let ends = try await inParallel(pairs.count, width: 4) { number in
            let option = Self.filters[pairs[number].place].option
            return (number, try await world.tryCore(["audit", "list", "--json", "--\(option)=\(pairs[number].text)"]))
        }
        for (number, end) in ends {
            let ((option, member), text) = (Self.filters[pairs[number].place], pairs[number].text)
            expectNoStatement(end, [option, text])
            guard end.status == 0 else { continue }
            #expect(member != nil, "--\(option) takes “\(text)”")
            let listed = try #require(JSON(parsing: Array(end.output.utf8))?["items"]?.items, "\(end.output)")
            for row in listed { #expect(row[member ?? ""]?.text == text, "--\(option)=\(text) found \(row)") }
        }
        #expect(try await tableCount() == before)
    }

    // R99
    @Test func `SQL in an argument about accounts and policy is refused, and nobody's account is another`()
        async throws
    {
        let state = """
            select coalesce(string_agg(concat_ws(' ', name, scopes, application, networks, disabled_at, removed_at), ','
                order by name), '') as accounts from sdk.service_account
            """
        let before = try await (world.sql(state).first?.text("accounts"), tableCount())
        let pairs = Self.pairs(Self.commands("").count)
        let ends = try await inParallel(pairs.count, width: 4) { number in
            let arguments = Self.commands(pairs[number].text)[pairs[number].place]
            return (arguments, try await world.tryCore(arguments))
        }
        for (arguments, end) in ends {
            expectNoStatement(end, arguments)
            #expect(end.status != 0, "\(arguments): \(end.output)")
        }
        #expect(try await world.sql(state).first?.text("accounts") == before.0)
        #expect(try await tableCount() == before.1)
    }

    // R99
    @Test func `SQL that may stand in an account's application or a policy's comment is kept letter for letter`()
        async throws
    {
        let before = try await tableCount()
        for text in Workshop.isSoak ? Self.texts : Array(Self.texts.prefix(2)) {
            let name = "injected-\(Workshop.unique())"
            let added = try await world.tryCore(
                ["service-account", "add", name, "--scope", "authenticate", "--application", text])
            expectNoStatement(added, [text])
            let kept = try await world.sql("select application from sdk.service_account where name = '\(name)'")
            #expect(try kept.map { try $0.text("application") } == (added.status == 0 ? [text] : []))
            if added.status == 0 { try await world.core("service-account", ["remove", name, "--yes"]) }
            // A line that fits nobody, with a name that is text as well.
            let quoted = "'\(text.replacing("'", with: "''"))'"
            let applied = try await world.tryCore(
                ["policy", "apply", "-", "--comment", text],
                input: "lines: [{name: \(quoted), when: {groups: [\(name)]}, then: {action: refuse}}]\n")
            expectNoStatement(applied, [text])
            let latest = try await world.sql("select comment from core.policy order by version desc limit 1")
            let comment = try latest.first?.text("comment")
            #expect(applied.status != 0 || comment == text, "\(text)")
            let told = try await world.tryCore(["policy", "explain", "--user", text, "--application", text])
            expectNoStatement(told, [text])
        }
        try await world.core("policy", ["apply", "-"], input: "lines: []")
        #expect(try await tableCount() == before)
    }
}
