// SPDX-License-Identifier: Apache-2.0
import FuzzEntries

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzTarget.base32.run(start, count)
}
