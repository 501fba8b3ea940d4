// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import Logging
import Metrics
import UnixSignals

/// `serve`: runs the service in the foreground.
package struct ServeCommand<Served: CountersignService>: AsyncParsableCommand {
    package static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "serve", abstract: "Run the service until it is told to stop.")
    }

    @OptionGroup package var options: ServiceOptions

    package init() {}

    package func run() async throws {
        try await Serving.run(Served.self, options)
    }
}

/// What `serve` does, for services whose own `serve` is told more than where the configuration is.
package enum Serving {
    /// Runs the service in the foreground until it is told to stop.
    ///
    /// - Parameter prepare: tells the service what only the command line says.
    package static func run<Served: CountersignService>(
        _: Served.Type, _ options: ServiceOptions, preparing prepare: (inout Served) -> Void = { _ in }
    ) async throws {
        // First of all: a SIGHUP that nobody listens to ends the process.
        let signals = await UnixSignalsSequence(trapping: .sighup)
        var settings = try options.settings(of: Served.name, keys: Served.allKeys)
        let configured = try Served.configured(by: &settings)
        var service = configured.service
        prepare(&service)
        configured.log.bootstrap()
        MetricsSystem.bootstrap(MetricsRegistry.process)
        let logger = Logger(label: Served.name)
        logger.notice("starting", metadata: ["version": "\(CountersignVersion.current)"])
        ResourceLimits.raiseFileLimit(logger: logger)
        let reload = Reload<Served>(settings: settings, signals: signals, logger: logger) {
            try options.settings(of: Served.name, keys: Served.allKeys)
        }
        do {
            try await service.run(logger: logger, reload: reload)
        } catch {
            logger.critical("failed", metadata: ["error": "\(error)"])
            throw ExitCode.failure
        }
    }
}
