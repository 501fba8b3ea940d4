// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// `completion SHELL`: what makes a shell complete this program's commands and options.
struct CompletionCommand: ParsableCommand {
    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish

        var parserShell: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print the completion script for bash, zsh or fish.",
        discussion: """
            For every user of this machine:

              mfa-core completion bash > /usr/share/bash-completion/completions/mfa-core
              mfa-core completion zsh > /usr/share/zsh/vendor-completions/_mfa-core
              mfa-core completion fish > /usr/share/fish/vendor_completions.d/mfa-core.fish
            """)

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() {
        print(MFACoreCommand.completionScript(for: shell.parserShell))
    }
}
