// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import MFACoreServer

/// How a report is printed.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON document instead of a table.")
    var json = false

    func show(_ report: CommandReport) {
        print(report.rendered(asJSON: json), terminator: "")
    }
}

/// How a list is printed that spreadsheets take, too.
struct ListOutputOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json, csv
    }

    @Option(help: "table, json or csv.")
    var format: Format?

    @Flag(help: "The same as --format json.")
    var json = false

    func validate() throws {
        if json, let format, format != .json { throw ValidationError("--json and --format \(format) contradict.") }
    }

    func show(_ report: CommandReport) {
        let text = format == .csv ? report.renderedAsCSV : report.rendered(asJSON: json || format == .json)
        print(text, terminator: "")
    }
}

/// Where long work says how far it is, apart from what it prints.
enum StandardError {
    static func tell(_ line: String) {
        FileHandle.standardError.write(Data("\(line)\n".utf8))
    }
}

/// Asks before something is done that cannot be undone.
struct Confirmation: ParsableArguments {
    @Flag(help: "Do not ask.")
    var yes = false

    /// Returns when the person agrees, or `--yes` was given.
    func require(_ question: String) throws {
        if yes { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFault.usage("\(question) There is no terminal to ask on; say --yes.")
        }
        FileHandle.standardError.write(Data("\(question) [y/N] ".utf8))
        let answer = readLine()?.lowercased() ?? ""
        guard answer == "y" || answer == "yes" else { throw CommandFault.refused("Nothing was changed.") }
    }
}

/// A secret on standard input, where no list of processes and no shell history shows it.
enum StandardInput {
    private static let bytesMax = 4096

    /// All of it without a line end behind it.
    static func secret() throws -> String {
        let data = try FileHandle.standardInput.read(upToCount: bytesMax + 1) ?? Data()
        guard data.count <= bytesMax, var text = String(data: data, encoding: .utf8) else {
            throw CommandFault.usage("Standard input holds more than a secret.")
        }
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}
