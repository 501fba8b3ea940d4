// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Glibc
internal import Synchronization

/// The four services, by the names of their programs.
package enum Service: String, Sendable, CaseIterable {
    case core = "mfa-core"
    case sdk = "sdk-service"
    case portal = "user-portal"
    case mobile = "mobileapp-service"

    /// How its log calls the listener that others use.
    package var listener: String {
        switch self {
        case .core: "internal"
        case .portal: "portal"
        case .sdk, .mobile: "listener"
        }
    }
}

/// One running copy of a service. Its ports come from its own log, which tells them when it listens.
package final class ServiceProcess: Sendable {
    package let service: Service
    /// Tells copies apart, such as `mfa-core-2`.
    package let name: String
    private let command: ChildProcess.Command
    private let logFile: String
    private let state: Mutex<ChildProcess>
    private let knownPorts = Mutex<[String: Int]>([:])

    /// Starts a copy.
    package init(_ service: Service, name: String, command: ChildProcess.Command, logFile: String) throws {
        self.service = service
        self.name = name
        self.command = command
        self.logFile = logFile
        state = Mutex(try ChildProcess(command, keepingLogIn: logFile))
    }

    /// The program as it runs now; another one after ``restart()``.
    package var process: ChildProcess { state.withLock { $0 } }

    /// The log of this run.
    package var log: LineLog { process.errors }

    /// The port of the listener that others use.
    package func port() async throws -> Int { try await port(of: service.listener) }

    /// The port of the operators' listener.
    package func adminPort() async throws -> Int { try await port(of: "admin") }

    /// Where it is called.
    package func url() async throws -> String { "https://localhost:\(try await port())" }

    /// Waits until it says that it is ready.
    package func becomesReady(since place: Int = 0, within patience: Duration = .seconds(30)) async throws {
        guard await logs("ready", since: place, within: patience) != nil else {
            throw TestKitError("\(name) did not become ready:\n\(log.tail())")
        }
        // While the log has them: of a long run it keeps the latest lines only.
        _ = try await port()
        _ = try await adminPort()
    }

    /// The first line with this message since `place`; nil when none came in time.
    package func logs(
        _ message: String, since place: Int = 0, within patience: Duration = .seconds(30)
    ) async -> String? {
        let sought = "\"message\":\"\(message)\""
        return await log.line(since: place, within: patience) { $0.contains(sought) }
    }

    /// Sends SIGTERM; the exit status when it has ended.
    @discardableResult
    package func stop(within patience: Duration = .seconds(40)) async throws -> Int32 {
        let process = process
        process.signal(SIGTERM)
        return try await process.end(within: patience)
    }

    /// Starts it again, on the ports it had.
    ///
    /// - Parameter threadsMax: how many threads it may have in this run.
    package func restart(threadsMax: Int? = nil, within patience: Duration = .seconds(30)) async throws {
        guard !process.isRunning else { throw TestKitError("\(name) runs still.") }
        var command = command
        command.threadsMax = threadsMax
        for (listener, port) in knownPorts.withLock({ $0 }) {
            let section = listener == "admin" ? "admin" : "listener"
            command.arguments += ["--set", "\(section).port=\(port)"]
        }
        let process = try ChildProcess(command, keepingLogIn: logFile)
        state.withLock { $0 = process }
        try await becomesReady(within: patience)
    }

    private func port(of listener: String) async throws -> Int {
        if let known = knownPorts.withLock({ $0[listener] }) { return known }
        let line = await log.line { line in
            line.contains("\"message\":\"listening\"") && line.contains("\"listener\":\"\(listener)\"")
        }
        guard let line, let event = JSON(parsing: Array(line.utf8)), let text = event["metadata"]?["port"]?.text,
            let port = Int(text)
        else { throw TestKitError("\(name) did not listen (\(listener)):\n\(log.tail())") }
        knownPorts.withLock { $0[listener] = port }
        return port
    }
}
