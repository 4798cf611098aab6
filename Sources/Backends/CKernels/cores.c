#define _GNU_SOURCE
#include "include/CKernels.h"

#include <sched.h>
#include <unistd.h>

int lemnos_allowed_processors(int32_t *numbers, int most) {
  int count = 0;
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    for (int number = 0; number < CPU_SETSIZE && count < most; number++) {
      if (CPU_ISSET(number, &set)) numbers[count++] = number;
    }
    return count;
  }
#endif
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  while (count < online && count < most) numbers[count] = count, count++;
  return count;
}
