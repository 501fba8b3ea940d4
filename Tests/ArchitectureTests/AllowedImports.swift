// SPDX-License-Identifier: Apache-2.0

/// The table of docs/STYLE.md: which target may import what. Package.swift says what a target can import; this says
/// what it may, so that a wall comes down only by a change to this file.
enum AllowedImports {
    /// A target and the folder it is built from.
    struct Target {
        let name: String
        let folder: String
        let allowed: Set<String>
    }

    /// Modules that come with Swift and reach neither network nor database. Primitives, protocols and contract do
    /// without Foundation: it is large, and its formats follow the machine's locale.
    private static let withSwift: Set<String> = ["Synchronization"]
    private static let foundation: Set<String> = [
        "Synchronization", "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Darwin",
    ]

    /// What every service's Server may use.
    private static let server: Set<String> = foundation.union([
        "Configuration", "HTTPKit", "HTTPTypes", "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "Logging",
        "MFAAPI",
        "Metrics", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL", "Primitives", "ServiceLifecycle", "ServiceRuntime",
    ])

    private static let main: Set<String> = ["ArgumentParser", "Foundation"]

    static let table: [Target] = [
        Target(name: "Primitives", folder: "Shared/Primitives/", allowed: withSwift.union(["Crypto"])),
        Target(
            name: "OneTimePassword", folder: "Shared/Protocols/OneTimePassword/",
            allowed: withSwift.union(["Crypto", "Primitives"])),
        Target(
            name: "DeviceProtocol", folder: "Shared/Protocols/DeviceProtocol/",
            allowed: withSwift.union(["Crypto", "Primitives"])),
        Target(name: "MFAAPI", folder: "Shared/Contract/API/", allowed: ["Primitives"]),
        Target(
            name: "MFAClient", folder: "Shared/Contract/Client/",
            allowed: foundation.union([
                "AsyncHTTPClient", "MFAAPI", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL", "Primitives",
            ])),
        Target(
            name: "Postgres", folder: "Shared/Platform/Postgres/",
            allowed: foundation.union([
                "CLibPQ", "Crypto", "Logging", "Metrics", "Primitives", "ServiceLifecycle",
            ])),
        Target(
            name: "HTTPKit", folder: "Shared/Platform/HTTPKit/",
            allowed: foundation.union([
                "HTTPTypes", "Hummingbird", "HummingbirdCore", "Logging", "Metrics", "NIOCore", "NIOHTTP1",
                "Primitives",
            ])),
        Target(
            name: "Pages", folder: "Shared/Platform/Pages/",
            allowed: foundation.union(["CLibQREncode", "Mustache", "Primitives"])),
        Target(
            name: "ServiceRuntime", folder: "Shared/Platform/ServiceRuntime/",
            allowed: foundation.union([
                "ArgumentParser", "AsyncHTTPClient", "CLinux", "Configuration", "CoreMetrics", "HTTPTypes",
                "Hummingbird",
                "HummingbirdCore", "HummingbirdTLS", "Logging", "Metrics", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL",
                "NIOTLS", "Primitives", "ServiceLifecycle", "SwiftASN1", "UnixSignals", "X509",
            ])),
        Target(
            name: "MFADomain", folder: "Services/MFACore/Domain/",
            allowed: withSwift.union(["Foundation", "DeviceProtocol", "OneTimePassword", "Primitives"])),
        Target(
            name: "MFACoreStore", folder: "Services/MFACore/Store/",
            // A factor's row names its algorithm; the queue of checks ends with the service that runs it.
            allowed: foundation.union([
                "CPKCS11", "Crypto", "Logging", "MFADomain", "Metrics", "OneTimePassword", "Postgres", "Primitives",
                "ServiceLifecycle",
            ])),
        Target(
            name: "MFACoreServer", folder: "Services/MFACore/Server/",
            allowed: server.union([
                "AsyncHTTPClient", "Crypto", "CryptoExtras", "DeviceProtocol", "MFACoreStore", "MFADomain",
                "OneTimePassword", "Pages", "Postgres", "SwiftASN1", "X509", "Yams",
            ])),
        Target(
            name: "MFACoreMain", folder: "Services/MFACore/Main/",
            allowed: main.union(["MFACoreServer", "ServiceRuntime"])),
        Target(
            name: "SDKServer", folder: "Services/SDKService/Server/",
            allowed: server.union(["Crypto", "MFAClient", "Postgres"])),
        Target(name: "SDKMain", folder: "Services/SDKService/Main/", allowed: main.union(["SDKServer"])),
        Target(
            name: "UserPortalServer", folder: "Services/UserPortal/Server/",
            allowed: server.union(["Crypto", "MFAClient", "Pages", "Postgres"])),
        Target(
            name: "UserPortalMain", folder: "Services/UserPortal/Main/", allowed: main.union(["UserPortalServer"])),
        Target(
            name: "MobileAppServer", folder: "Services/MobileAppService/Server/",
            allowed: server.union(["MFAClient"])),
        Target(
            name: "MobileAppMain", folder: "Services/MobileAppService/Main/", allowed: main.union(["MobileAppServer"])),
    ]
}
