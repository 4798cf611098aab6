// Swift's mutexes, for the thread sanitizer. Uncontended locking and unlocking are atomic operations in code
// that the sanitizer sees. Contended locks wait in a library that it does not see; the functions here
// interpose (LD_PRELOAD) and report the synchronization to it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *mutex
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// Programs without the sanitizer do not define these.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

static void *real(const char *name) {
  void *function = dlsym(RTLD_NEXT, name);
  if (function == NULL) {
    fprintf(stderr, "mutex.c: Swift's library has no %s any more\n", name);
    abort();
  }
  return function;
}

SWIFT void lock_slow(uint32_t thread, SELF) __asm__(LOCK);
SWIFT void lock_slow(uint32_t thread, SELF) {
  typedef SWIFT void function(uint32_t thread, SELF);
  ((function *)real(LOCK))(thread, mutex);
  if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT _Bool try_slow(SELF) __asm__(TRY);
SWIFT _Bool try_slow(SELF) {
  typedef SWIFT _Bool function(SELF);
  _Bool has_it = ((function *)real(TRY))(mutex);
  if (has_it && __tsan_acquire) __tsan_acquire(mutex);
  return has_it;
}

SWIFT void unlock_slow(SELF) __asm__(UNLOCK);
SWIFT void unlock_slow(SELF) {
  typedef SWIFT void function(SELF);
  if (__tsan_release) __tsan_release(mutex);
  ((function *)real(UNLOCK))(mutex);
}
