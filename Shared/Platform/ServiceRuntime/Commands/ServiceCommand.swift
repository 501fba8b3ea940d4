// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser

/// The command line of a service that only serves.
package struct ServiceCommand<Served: CountersignService>: AsyncParsableCommand {
    package static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: Served.name, version: CountersignVersion.current,
            subcommands: [ServeCommand<Served>.self, CheckConfigCommand<Served>.self])
    }

    package init() {}
}
