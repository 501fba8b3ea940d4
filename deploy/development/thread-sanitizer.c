// SPDX-License-Identifier: Apache-2.0
// Tells the thread sanitizer of waiting for a Mutex of Swift's Synchronization.
//
// Its fast path is compiled into our own code, where the sanitizer sees it. Its slow path, which is taken when somebody
// else has the lock, stands in libswiftSynchronization.so, which is not instrumented: the order that the lock makes is
// lost, and what it protects is reported as a race. (Four threads that add to a number under one Mutex, and nothing else,
// are reported; with this, they are not, and a number beside the Mutex still is.) make sanitize preloads this.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

// Absent in the programs beside the tests that get this preloaded too.
__attribute__((weak)) void __tsan_acquire(void *);
__attribute__((weak)) void __tsan_release(void *);

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"

SWIFT void lock_slowly(uint32_t thread, SELF) __asm__(LOCK);
SWIFT void unlock_slowly(SELF) __asm__(UNLOCK);
SWIFT bool try_lock_slowly(SELF) __asm__(TRY_LOCK);

SWIFT void lock_slowly(uint32_t thread, SELF) {
    SWIFT void (*next)(uint32_t, SELF) = dlsym(RTLD_NEXT, LOCK);
    next(thread, self);
    if (__tsan_acquire) __tsan_acquire(self);
}

SWIFT void unlock_slowly(SELF) {
    SWIFT void (*next)(SELF) = dlsym(RTLD_NEXT, UNLOCK);
    if (__tsan_release) __tsan_release(self);
    next(self);
}

SWIFT bool try_lock_slowly(SELF) {
    SWIFT bool (*next)(SELF) = dlsym(RTLD_NEXT, TRY_LOCK);
    bool taken = next(self);
    if (taken && __tsan_acquire) __tsan_acquire(self);
    return taken;
}
