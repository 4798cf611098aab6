// The page of `lemnos watch`.
#ifndef LEMNOS_CWATCHPAGE_H
#define LEMNOS_CWATCHPAGE_H

#include <stddef.h>

typedef struct {
  const unsigned char *bytes;
  size_t count;
} WatchPage;

WatchPage watchPage(void);

#endif
