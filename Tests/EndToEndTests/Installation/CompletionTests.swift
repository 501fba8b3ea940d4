// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

extension EndToEnd.Installation {
    /// The completion scripts of the real program, in the real shells.
    @Suite struct Completion {
        /// The folder that holds what `mfa-core completion` printed, under the name each shell wants.
        private func scripts() async throws -> String {
            let folder = try Workshop.temporaryFolder()
            for (shell, name) in [("bash", "mfa-core"), ("zsh", "_mfa-core"), ("fish", "mfa-core.fish")] {
                let printed = try await ChildProcess.run(
                    .init(try Workshop.program("mfa-core"), ["completion", shell]))
                try #require(printed.status == 0 && printed.errors.isEmpty, "\(printed.errors)")
                try Workshop.write(printed.output, to: "\(folder)/\(name)")
            }
            return folder
        }

        private func run(_ program: String, _ arguments: [String]) async throws -> ChildProcess.End {
            try await ChildProcess.run(.init(program, arguments), within: .seconds(30))
        }

        @Test func `bash completes commands, their commands and options`() async throws {
            let script = """
                source "$1/mfa-core"
                function=$(complete -p mfa-core | sed -E 's/.*-F ([^ ]+).*/\\1/')
                complete_words() {
                    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMPREPLY=()
                    "$function" mfa-core "${@: -1}" "${@: -2:1}"
                    printf '%s ' "${COMPREPLY[@]}"
                    echo
                }
                complete_words mfa-core ""
                complete_words mfa-core certificate ""
                complete_words mfa-core service-account add --sc
                """
            let end = try await run("/bin/bash", ["--norc", "-c", script, "bash", try await scripts()])
            let lines = end.output.split(separator: "\n").map { Set($0.split(separator: " ").map(String.init)) }
            try #require(lines.count == 3, "\(end.output) \(end.errors)")
            #expect(lines[0].isSuperset(of: ["serve", "check-config", "migrate", "service-account", "completion"]))
            #expect(lines[1].isSuperset(of: ["issue", "list", "renew"]) && !lines[1].contains("migrate"))
            #expect(lines[2] == ["--scope"])
        }

        @Test func `fish completes commands and their commands`() async throws {
            let script = """
                source $argv[1]/mfa-core.fish
                complete --do-complete 'mfa-core '
                echo =====
                complete --do-complete 'mfa-core certificate '
                """
            let end = try await run("/usr/bin/fish", ["--no-config", "-c", script, try await scripts()])
            let halves = end.output.split(separator: "=====\n", maxSplits: 1).map { half in
                Set(half.split(separator: "\n").map { $0.prefix { $0 != "\t" } })
            }
            try #require(halves.count == 2, "\(end.output) \(end.errors)")
            #expect(halves[0].isSuperset(of: ["serve", "check-config", "migrate", "service-account", "completion"]))
            #expect(halves[1].isSuperset(of: ["issue", "list", "renew"]) && !halves[1].contains("migrate"))
        }

        /// Types a line and a tab into an interactive zsh; ends when each of the words has been shown, in this order.
        private static let typing = #"""
            zmodload zsh/zpty
            zpty shell zsh -f -i
            zpty -w shell "fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D"
            zpty -w shell "LISTMAX=10000 LINES=500 COLUMNS=200; print ready-""now"
            zpty -r shell shown '*ready-now*'
            zpty -w -n shell "$2"$'\t'
            for word in "${@:3}"; do zpty -r shell shown "*$word*"; done
            """#

        @Test(arguments: [
            ("mfa-core ", ["check-config", "migrate", "service-account"]),
            ("mfa-core certificate ", ["issue", "list", "renew"]),
        ])
        func `zsh completes commands and their commands`(line: String, words: [String]) async throws {
            let arguments = ["-f", "-c", Self.typing, "zsh", try await scripts(), line] + words
            let end = try await run("/usr/bin/zsh", arguments)
            #expect(end.status == 0, "\(end.errors)")
        }
    }
}
