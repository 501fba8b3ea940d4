// SPDX-License-Identifier: Apache-2.0

/// Comparisons whose duration does not tell where two values differ.
package enum ConstantTime {
    /// Whether both hold the same bytes; the time taken depends on the lengths alone.
    @inline(never)
    package static func equal(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        var other = right.makeIterator()
        for byte in left {
            difference |= byte ^ (other.next() ?? 0xff)
        }
        return difference == 0
    }
}
