// SPDX-License-Identifier: Apache-2.0

/// Where the tests of a shipped file stand: tests mirror sources, folder by folder.
enum TestTwins {
    /// Shorter files are shown by the tests of those who use them.
    static let linesWithoutTwin = 40

    /// The folder of a target's sources and the folder of its tests.
    static let mirrors: [(sources: String, tests: String)] = [
        ("Shared/Primitives/", "Tests/PrimitivesTests/"),
        ("Shared/Protocols/OneTimePassword/", "Tests/OneTimePasswordTests/"),
        ("Shared/Protocols/DeviceProtocol/", "Tests/DeviceProtocolTests/"),
        ("Shared/Contract/API/", "Tests/MFAAPITests/"),
        ("Shared/Contract/Client/", "Tests/MFAClientTests/"),
        ("Shared/Platform/Postgres/", "Tests/PostgresTests/"),
        ("Shared/Platform/HTTPKit/", "Tests/HTTPKitTests/"),
        ("Shared/Platform/Pages/", "Tests/PagesTests/"),
        ("Shared/Platform/ServiceRuntime/", "Tests/ServiceRuntimeTests/"),
        ("Services/MFACore/Domain/", "Tests/MFADomainTests/"),
        ("Services/MFACore/Store/", "Tests/MFACoreStoreTests/"),
        ("Services/MFACore/Server/", "Tests/MFACoreServerTests/"),
        ("Services/SDKService/Server/", "Tests/SDKServerTests/"),
        ("Services/UserPortal/Server/", "Tests/UserPortalServerTests/"),
        ("Services/MobileAppService/Server/", "Tests/MobileAppServerTests/"),
    ]

    /// Files and folders that have no tests beside them, each with the reason. A line that is not needed fails.
    static let exceptions: [String: String] = [
        "Shared/Platform/Postgres/Driver/": "reached through PostgresClient only: shown by its tests on a real server",
        "Services/MFACore/Domain/ServiceAccounts/ServiceAccount.swift":
            "values without a rule: shown by the tests of their store",
        "Services/MFACore/Main/": "the command line is shown by EndToEndTests on the real binary",
        "Services/SDKService/Main/": "a thin main: shown by EndToEndTests on the real binary",
        "Services/UserPortal/Main/": "a thin main: shown by EndToEndTests on the real binary",
        "Services/MobileAppService/Main/": "a thin main: shown by EndToEndTests on the real binary",
    ]

    /// Whether tests stand where those of `file` belong: a twin of its own, or tests of its room.
    static func hasTests(_ file: SourceFile, among tests: Set<String>) -> Bool {
        guard let mirror = mirrors.first(where: { file.path.hasPrefix($0.sources) }) else { return false }
        let folder = mirror.tests + file.folder.dropFirst(mirror.sources.count)
        if tests.contains(folder + file.name.dropLast(".swift".count) + "Tests.swift") { return true }
        return tests.contains { path in
            path.hasPrefix(folder) && path.hasSuffix("Tests.swift") && !path.dropFirst(folder.count).contains("/")
        }
    }
}
