// SPDX-License-Identifier: Apache-2.0

/// Something that has no place in this repository, with what to do instead.
struct BannedWord: Sendable {
    enum Layer { case code, strings, comments }

    /// A regular expression.
    let pattern: String
    let layer: Layer
    let instead: String
    /// Whether the rule holds for a file.
    let holds: @Sendable (_ path: String) -> Bool

    init(
        _ pattern: String, in layer: Layer = .code, instead: String,
        where holds: @escaping @Sendable (_ path: String) -> Bool = { _ in true }
    ) {
        self.pattern = pattern
        self.layer = layer
        self.instead = instead
        self.holds = holds
    }

    static let all: [BannedWord] = [
        BannedWord(#"\btry!"#, instead: "let it throw"),
        BannedWord(#"\bTask\.detached\b"#, instead: "a task group, or a Service in the ServiceGroup"),
        BannedWord(#"(^|[^.\w])print\("#, instead: "Logger, or the command line's own output", where: isNotACommand),
        // Tests dump secrets to show that nothing is seen.
        BannedWord(#"\bdump\("#, instead: "Logger", where: { !$0.hasPrefix("Tests/") }),
        BannedWord(#"\bfatalError\("#, instead: "throw; at start, exit with a clear sentence"),
        BannedWord(#"\b(TODO|FIXME|XXX|HACK)\b"#, in: .comments, instead: "an issue, or the work itself"),
        BannedWord(#"@testable\b"#, instead: "access level package"),
        BannedWord(
            #"^\s*(@\w+\s+)*(public|open)\s+(final|static|struct|class|enum|actor|func|var|let|init|protocol|typealias)\b"#,
            instead: "package: nothing here is a public library"),
        BannedWord(#"String\(describing: error\)|"\\\(error\)""#, instead: "ProblemDetails by code", where: isServer),
        BannedWord(
            #"\b(Date\(\)|Date\.now|Instant\.now|ContinuousClock\(\)|ContinuousClock\.now|SystemRandomNumberGenerator)"#,
            instead: "pass the time, or the RandomSource, in", where: { $0.hasPrefix("Services/MFACore/Domain/") }),
        // A list of arrays has its columns on the same page, as parameters; a table has them elsewhere.
        BannedWord(
            #"(?i)\bselect\s+(\w+\.)?\*(?!\s+from\s+unnest\()"#, in: .strings,
            instead: "the columns by name, as the row's type reads them", where: { !$0.hasPrefix("Tests/") }),
        BannedWord(
            #"\b(struct|class|enum|actor|protocol)\s+\w*(Manager|Helper|Helpers|Utils?|Impl)\b"#,
            instead: "the name of what it does"),
        BannedWord(
            #"\b(Thread\.sleep|usleep|sleep)\("#, instead: "wait for the event itself, with a deadline",
            where: { !$0.hasPrefix("Tests/Support/") }),
    ]

    /// Where a person reads standard output: Main, and folders of commands.
    private static func isNotACommand(_ path: String) -> Bool {
        !["/Main/", "/CommandLine/", "/Commands/", "SimulatedPhoneCommand/"].contains { path.contains($0) }
    }

    private static func isServer(_ path: String) -> Bool {
        path.hasPrefix("Services/") && path.contains("/Server/")
    }
}
