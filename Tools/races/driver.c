// Keeps a driver loaded while tests load and unload it hundreds of times: the thread sanitizer, which ignores
// drivers (suppressions.txt), has room for 128 library loads.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

// Programs without the sanitizer do not define these.
__attribute__((weak)) void __tsan_acquire(void *address);

// Without such a driver there is nothing to keep.
__attribute__((constructor)) static void keep(void) {
  if (__tsan_acquire != NULL) dlopen("libvulkan_lvp.so", RTLD_LAZY | RTLD_NODELETE);
}
