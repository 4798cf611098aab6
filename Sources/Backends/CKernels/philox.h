// Philox4x32-10 (Salmon et al. 2011) in vectors: four words of each of sixteen blocks.
#ifndef LEMNOS_PHILOX_H
#define LEMNOS_PHILOX_H

#include "lanes.h"

typedef uint32_t lemnos_sixteen_words __attribute__((vector_size(64), aligned(4)));
typedef uint64_t lemnos_eight_pairs __attribute__((vector_size(64), aligned(4)));

// The upper and lower halves of sixteen products. Words that are multiplied at a time are every second one: as the lower halves of
// pairs, which is what vector instructions multiply.
LEMNOS_INLINE void lemnos_multiply_words(
    lemnos_sixteen_words x, uint32_t factor, lemnos_sixteen_words *high, lemnos_sixteen_words *low) {
  const uint64_t lower = 0xFFFFFFFFu;
  lemnos_eight_pairs pairs = (lemnos_eight_pairs)x, even = (pairs & lower) * (uint64_t)factor, odd = (pairs >> 32) * (uint64_t)factor;
  *high = (lemnos_sixteen_words)((even >> 32) | (odd & ~lower));
  *low = (lemnos_sixteen_words)((even & lower) | (odd << 32));
}

// Words 4 · block … 4 · block + 3 of the sequence, of each block.
LEMNOS_INLINE void lemnos_philox(
    const uint32_t *key, uint32_t counter, uint32_t stream, lemnos_sixteen_words blocks, lemnos_sixteen_words words[4]) {
  const lemnos_sixteen_words zeros = {0};
  lemnos_sixteen_words c0 = blocks, c1 = zeros + counter, c2 = zeros + stream, c3 = zeros;
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++) {
    lemnos_sixteen_words high0, low0, high2, low2;
    lemnos_multiply_words(c0, 0xD2511F53u, &high0, &low0);
    lemnos_multiply_words(c2, 0xCD9E8D57u, &high2, &low2);
    c0 = high2 ^ c1 ^ k0, c1 = low2, c2 = high0 ^ c3 ^ k1, c3 = low0;
    k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
  }
  words[0] = c0, words[1] = c1, words[2] = c2, words[3] = c3;
}

#endif
