// SPDX-License-Identifier: Apache-2.0
package import ServiceRuntime

/// Names for what Main uses of the runtime; Main itself imports nothing but this target.
package typealias MFACoreCheckConfigCommand = CheckConfigCommand<MFACoreService>

/// The program's version, as all services of one release have it.
package enum ProgramVersion {
    package static let current = CountersignVersion.current
}
