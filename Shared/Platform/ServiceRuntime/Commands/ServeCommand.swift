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
        // First of all: a SIGHUP that nobody listens to ends the process.
        let signals = await UnixSignalsSequence(trapping: .sighup)
        var settings = try options.settings(of: Served.name, keys: Served.allKeys)
        let (service, log) = try Served.configured(by: &settings)
        log.bootstrap()
        MetricsSystem.bootstrap(MetricsRegistry.process)
        let logger = Logger(label: Served.name)
        logger.notice("starting", metadata: ["version": "\(CountersignVersion.current)"])
        ResourceLimits.raiseFileLimit(logger: logger)
        let options = options
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
