#include "products.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { USES = LEMNOS_SCRATCH_TOTALS + 1 };

typedef struct {
  float *memory[USES];
  int64_t count[USES];
} scratch;

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void release(void *value) {
  for (int use = 0; use < USES; use++) free(((scratch *)value)->memory[use]);
  free(value);
}

static void make_key(void) { pthread_key_create(&key, release); }

// Memory stays with its thread, so that repeated steps allocate nothing.
float *lemnos_scratch(lemnos_scratch_use use, int64_t count) {
  pthread_once(&once, make_key);
  scratch *own = pthread_getspecific(key);
  if (own == NULL) {
    own = calloc(1, sizeof *own);
    if (own != NULL) pthread_setspecific(key, own);
  }
  if (own != NULL && own->count[use] < count) {
    free(own->memory[use]);
    own->memory[use] = aligned_alloc(64, (size_t)((count * 4 + 4095) / 4096 * 4096));
    own->count[use] = own->memory[use] == NULL ? 0 : count;
  }
  if (own == NULL || own->memory[use] == NULL) {
    fprintf(stderr, "there is no memory for %lld bytes of scratch\n", (long long)count * 4);
    errno = ENOMEM;
    abort();
  }
  return own->memory[use];
}
