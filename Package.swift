// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
// Targets stand in the order of docs/STYLE.md; a target exists only for an import it forbids.

import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// A product of another package, by name.
func product(_ name: String, _ package: String) -> Target.Dependency {
    .product(name: name, package: package)
}

let crypto = product("Crypto", "swift-crypto")
let cryptoExtras = product("CryptoExtras", "swift-crypto")
let x509 = product("X509", "swift-certificates")
let asn1 = product("SwiftASN1", "swift-asn1")
let logging = product("Logging", "swift-log")
let metrics = product("Metrics", "swift-metrics")
let configuration = product("Configuration", "swift-configuration")
let lifecycle = product("ServiceLifecycle", "swift-service-lifecycle")
let arguments = product("ArgumentParser", "swift-argument-parser")
let hummingbird = product("Hummingbird", "hummingbird")
let hummingbirdTLS = product("HummingbirdTLS", "hummingbird")
let hummingbirdTesting = product("HummingbirdTesting", "hummingbird")
let httpTypes = product("HTTPTypes", "swift-http-types")
let httpClient = product("AsyncHTTPClient", "async-http-client")
let nioCore = product("NIOCore", "swift-nio")
let nioPosix = product("NIOPosix", "swift-nio")
let nioHTTP1 = product("NIOHTTP1", "swift-nio")
let nioSSL = product("NIOSSL", "swift-nio-ssl")
let yams = product("Yams", "Yams")
let mustache = product("Mustache", "swift-mustache")

/// What every service's `Server` target may use beside its own list.
let serverBasics: [Target.Dependency] = [
    "MFAAPI", "HTTPKit", "ServiceRuntime", "Primitives", hummingbird, httpTypes, nioCore, nioSSL, logging,
    metrics, lifecycle, configuration,
]

let package = Package(
    name: "Countersign",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "mfa-core", targets: ["MFACoreMain"]),
        .executable(name: "sdk-service", targets: ["SDKMain"]),
        .executable(name: "user-portal", targets: ["UserPortalMain"]),
        .executable(name: "mobileapp-service", targets: ["MobileAppMain"]),
        .executable(name: "simulated-phone", targets: ["SimulatedPhoneCommand"]),
        .executable(name: "benchmark-tool", targets: ["BenchmarkTool"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML"]),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "Primitives", dependencies: [crypto], path: "Shared/Primitives"),

        .target(
            name: "OneTimePassword", dependencies: ["Primitives", crypto],
            path: "Shared/Protocols/OneTimePassword"),
        .target(
            name: "DeviceProtocol", dependencies: ["Primitives", crypto],
            path: "Shared/Protocols/DeviceProtocol"),

        .target(name: "MFAAPI", dependencies: ["Primitives"], path: "Shared/Contract/API"),
        .target(
            name: "MFAClient",
            dependencies: ["MFAAPI", "Primitives", httpClient, nioCore, nioSSL, nioHTTP1, nioPosix],
            path: "Shared/Contract/Client"),

        .systemLibrary(
            name: "CLibPQ", path: "Shared/Platform/CLibPQ", pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CLinux", path: "Shared/Platform/CLinux"),
        .systemLibrary(
            name: "CLibQREncode", path: "Shared/Platform/CLibQREncode", pkgConfig: "libqrencode",
            providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(
            name: "CPKCS11", path: "Shared/Platform/CPKCS11", providers: [.apt(["libp11-kit-dev"])]),
        .target(
            name: "Postgres",
            dependencies: [
                "CLibPQ", "Primitives", crypto, logging, metrics, lifecycle,
            ],
            path: "Shared/Platform/Postgres"),
        .target(
            name: "HTTPKit",
            dependencies: ["Primitives", hummingbird, httpTypes, nioCore, logging, metrics],
            path: "Shared/Platform/HTTPKit"),
        .target(
            name: "Pages", dependencies: ["Primitives", "CLibQREncode", mustache],
            path: "Shared/Platform/Pages"),
        .target(
            name: "ServiceRuntime",
            dependencies: [
                "CLinux", "Primitives", configuration, lifecycle, logging, metrics, hummingbird, hummingbirdTLS,
                httpTypes, httpClient, nioCore, nioPosix, nioHTTP1, nioSSL, x509, asn1, arguments,
            ],
            path: "Shared/Platform/ServiceRuntime"),

        .target(
            name: "MFADomain", dependencies: ["Primitives", "OneTimePassword", "DeviceProtocol"],
            path: "Services/MFACore/Domain"),
        .target(
            name: "MFACoreStore",
            dependencies: [
                "CPKCS11", "MFADomain", "OneTimePassword", "Postgres", "Primitives", crypto, logging, metrics,
                lifecycle,
            ],
            path: "Services/MFACore/Store",
            resources: [.embedInCode("Migrations/SQL")]),
        .target(
            name: "MFACoreServer",
            dependencies: serverBasics + [
                "MFADomain", "MFACoreStore", "OneTimePassword", "DeviceProtocol", "Pages", "Postgres", httpClient,
                crypto, cryptoExtras, x509, asn1, yams,
            ],
            path: "Services/MFACore/Server"),
        .executableTarget(
            name: "MFACoreMain", dependencies: ["MFACoreServer", "ServiceRuntime", arguments],
            path: "Services/MFACore/Main"),

        .target(
            name: "SDKServer", dependencies: serverBasics + ["MFAClient", "Postgres", crypto],
            path: "Services/SDKService/Server"),
        .executableTarget(
            name: "SDKMain", dependencies: ["SDKServer"], path: "Services/SDKService/Main"),

        .target(
            name: "UserPortalServer",
            dependencies: serverBasics + ["MFAClient", "Pages", "Postgres", crypto],
            path: "Services/UserPortal/Server",
            resources: [.copy("Resources")]),
        .executableTarget(
            name: "UserPortalMain", dependencies: ["UserPortalServer", arguments],
            path: "Services/UserPortal/Main"),

        .target(
            name: "MobileAppServer", dependencies: serverBasics + ["MFAClient"],
            path: "Services/MobileAppService/Server"),
        .executableTarget(
            name: "MobileAppMain", dependencies: ["MobileAppServer", arguments],
            path: "Services/MobileAppService/Main"),

        .target(
            name: "TestKit",
            dependencies: [
                "Primitives", "OneTimePassword", "MFADomain", "MFACoreStore", "Postgres", httpClient, nioCore, nioPosix,
                nioHTTP1, nioSSL, crypto, logging,
            ],
            path: "Tests/Support/TestKit"),
        .target(
            name: "SimulatedPhone",
            dependencies: [
                "Primitives", "OneTimePassword", "DeviceProtocol", crypto, httpClient, nioCore, nioHTTP1, nioSSL,
            ],
            path: "Tests/Support/SimulatedPhone"),
        .executableTarget(
            name: "SimulatedPhoneCommand", dependencies: ["SimulatedPhone", arguments],
            path: "Tests/Support/SimulatedPhoneCommand"),
        .target(
            name: "FuzzEntries",
            dependencies: [
                "DeviceProtocol", "HTTPKit", "MFAAPI", "MFACoreServer", "MFADomain", "Primitives", "ServiceRuntime",
                nioCore,
            ],
            path: "Tests/Fuzz/Entries"),
        .executableTarget(
            name: "BenchmarkTool",
            dependencies: [
                "MFAAPI", "MFAClient", "MFADomain", "OneTimePassword", "Primitives", "ServiceRuntime", "SimulatedPhone",
                hummingbird, httpTypes, httpClient, nioCore, nioHTTP1, nioSSL, logging, arguments,
            ],
            path: "Tests/Benchmarks/Tool"),

        .testTarget(name: "PrimitivesTests", dependencies: ["Primitives"], path: "Tests/PrimitivesTests"),
        .testTarget(
            name: "OneTimePasswordTests", dependencies: ["OneTimePassword", "Primitives"],
            path: "Tests/OneTimePasswordTests"),
        .testTarget(
            name: "DeviceProtocolTests", dependencies: ["DeviceProtocol", "Primitives", crypto],
            path: "Tests/DeviceProtocolTests"),
        .testTarget(
            name: "PostgresTests",
            dependencies: ["Postgres", "TestKit", "Primitives", logging, lifecycle, metrics],
            path: "Tests/PostgresTests"),
        .testTarget(
            name: "HTTPKitTests",
            dependencies: ["HTTPKit", "Primitives", hummingbird, hummingbirdTesting, httpTypes, nioCore, logging],
            path: "Tests/HTTPKitTests"),
        .testTarget(
            name: "ServiceRuntimeTests",
            dependencies: [
                "ServiceRuntime", "TestKit", "Primitives", configuration, logging, metrics, hummingbird,
                hummingbirdTesting, httpTypes, httpClient, nioCore, nioPosix, nioSSL, lifecycle, x509, asn1, crypto,
                arguments,
            ],
            path: "Tests/ServiceRuntimeTests"),
        .testTarget(name: "PagesTests", dependencies: ["Pages"], path: "Tests/PagesTests"),
        .testTarget(
            name: "MFAClientTests",
            dependencies: [
                "MFAClient", "MFAAPI", "Primitives", hummingbird, httpTypes, httpClient, nioCore, nioHTTP1, nioSSL,
                logging, lifecycle,
            ],
            path: "Tests/MFAClientTests"),
        .testTarget(name: "MFAAPITests", dependencies: ["MFAAPI", "Primitives"], path: "Tests/MFAAPITests"),
        .testTarget(
            name: "MFADomainTests",
            dependencies: ["MFADomain", "OneTimePassword", "DeviceProtocol", "Primitives", "TestKit"],
            path: "Tests/MFADomainTests"),
        .testTarget(
            name: "MFACoreStoreTests",
            dependencies: [
                "MFACoreStore", "MFADomain", "Postgres", "Primitives", "OneTimePassword", "DeviceProtocol", "TestKit",
                logging,
            ],
            path: "Tests/MFACoreStoreTests"),
        .testTarget(
            name: "MFACoreServerTests",
            dependencies: [
                "MFACoreServer", "MFACoreStore", "MFADomain", "MFAAPI", "HTTPKit", "Postgres", "Primitives",
                "OneTimePassword", "DeviceProtocol", "ServiceRuntime", "TestKit", hummingbird, hummingbirdTesting,
                httpTypes, httpClient, nioCore, nioHTTP1, nioSSL, logging, crypto, x509, asn1,
            ],
            path: "Tests/MFACoreServerTests"),
        .testTarget(
            name: "SDKServerTests",
            dependencies: [
                "SDKServer", "MFAAPI", "MFAClient", "HTTPKit", "Postgres", "Primitives", "ServiceRuntime", "TestKit",
                hummingbird, hummingbirdTesting, httpTypes, httpClient, nioCore, nioHTTP1, logging, lifecycle, crypto,
            ],
            path: "Tests/SDKServerTests"),
        .testTarget(
            name: "UserPortalServerTests",
            dependencies: [
                "UserPortalServer", "MFAAPI", "MFAClient", "HTTPKit", "Pages", "Postgres", "Primitives",
                "ServiceRuntime",
                "TestKit", hummingbird, hummingbirdTesting, httpTypes, httpClient, nioCore, nioHTTP1, logging,
                lifecycle,
                crypto,
            ],
            path: "Tests/UserPortalServerTests"),
        .testTarget(
            name: "MobileAppServerTests",
            dependencies: [
                "MobileAppServer", "MFAAPI", "MFAClient", "HTTPKit", "Primitives", "ServiceRuntime", "TestKit",
                hummingbird, hummingbirdTesting, httpTypes, httpClient, nioCore, nioHTTP1, logging, lifecycle,
            ],
            path: "Tests/MobileAppServerTests"),
        .testTarget(name: "TestKitTests", dependencies: ["TestKit", crypto], path: "Tests/TestKitTests"),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "TestKit", "SimulatedPhone", "OneTimePassword", "DeviceProtocol", "Primitives", "Postgres", "MFAAPI",
                httpClient, nioCore, nioHTTP1, nioSSL, crypto, logging,
            ],
            path: "Tests/EndToEndTests"),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzEntries"], path: "Tests/FuzzTests"),
        .testTarget(
            name: "ArchitectureTests",
            dependencies: [
                "ServiceRuntime", "Primitives", "MFACoreServer", "SDKServer", "UserPortalServer", "MobileAppServer",
            ],
            path: "Tests/ArchitectureTests"),
    ]
)

// make fuzz: libFuzzer has the main of these, so nothing else can build them.
if Context.environment["COUNTERSIGN_FUZZ"] != nil {
    let files = ["ActivationLinks", "Base32", "CanonicalNames", "Configuration", "DeviceMessages", "StrictJSON"]
    package.targets += files.map { file in
        .executableTarget(
            name: "Fuzz\(file)", dependencies: ["FuzzEntries"], path: "Tests/Fuzz",
            exclude: ["Entries", "corpus", "fuzz.sh"], sources: ["\(file).swift"])
    }
}

for target in package.targets where target.type != .system {
    target.swiftSettings = strict
}
