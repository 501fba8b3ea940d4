// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import Logging
import Metrics

/// `serve`: runs the service in the foreground.
package struct ServeCommand<Served: CountersignService>: AsyncParsableCommand {
    package static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "serve", abstract: "Run the service until it is told to stop.")
    }

    @OptionGroup package var options: ServiceOptions

    package init() {}

    package func run() async throws {
        var settings = try options.settings(of: Served.name, keys: Served.allKeys)
        let (service, log) = try Served.configured(by: &settings)
        log.bootstrap()
        MetricsSystem.bootstrap(MetricsRegistry.process)
        let logger = Logger(label: Served.name)
        logger.notice("starting", metadata: ["version": "\(CountersignVersion.current)"])
        ResourceLimits.raiseFileLimit(logger: logger)
        do {
            try await service.run(logger: logger)
        } catch {
            logger.critical("failed", metadata: ["error": "\(error)"])
            throw ExitCode.failure
        }
    }
}
