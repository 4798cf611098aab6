// Keeps a driver in memory that tests load and unload hundreds of times: the thread sanitizer, which leaves drivers alone
// (suppressions.txt), has room for 128 of their appearances.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

// Programs that the sanitizer is not in have none of these.
__attribute__((weak)) void __tsan_acquire(void *address);

// Where there is no such driver, none is unloaded either.
__attribute__((constructor)) static void keep(void) {
  if (__tsan_acquire != NULL) dlopen("libvulkan_lvp.so", RTLD_LAZY | RTLD_NODELETE);
}
