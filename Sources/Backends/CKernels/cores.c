#define _GNU_SOURCE
#include "include/CKernels.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

int lemnos_available_cores(void) {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online < 1 ? 1 : (int)online;
}

void lemnos_spread_threads(const pthread_t *threads, int count) {
#if defined(__linux__)
  cpu_set_t allowed;
  int own = sched_getcpu();
  if (own < 0 || sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  int next = 0;
  for (int core = 0; core < CPU_SETSIZE && next < count; core++) {
    if (core == own || !CPU_ISSET(core, &allowed)) continue;
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(core, &only);
    pthread_setaffinity_np(threads[next++], sizeof only, &only);
  }
#else
  (void)threads;
  (void)count;
#endif
}
