// SPDX-License-Identifier: Apache-2.0
import Glibc
import MFADomain

/// Who sits at the command line: authority here is the right to read configuration and master key.
enum CommandLineCaller {
    static var current: Caller { Caller(account: "cli:\(loginName)", frontEnd: "cli") }

    /// This host, as the audit names it.
    static var host: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// From the system's list of users, not from the environment, which anybody may set.
    private static var loginName: String {
        guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else { return String(getuid()) }
        return String(cString: name)
    }
}
