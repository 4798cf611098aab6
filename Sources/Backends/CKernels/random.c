#include "include/CKernels.h"
#include "targets.h"

// Blocks of four numbers computed in parallel lanes.
enum { SIDE_BY_SIDE = 64 };

LEMNOS_VECTORIZED
void lemnos_uniform(
    const uint32_t *key, uint32_t counter, uint32_t stream, int64_t begin, int64_t end, int64_t count, float *y) {
  for (int64_t first = begin; first < end; first += SIDE_BY_SIDE) {
    int64_t blocks = end - first < SIDE_BY_SIDE ? end - first : SIDE_BY_SIDE;
    uint32_t c0[SIDE_BY_SIDE], c1[SIDE_BY_SIDE], c2[SIDE_BY_SIDE], c3[SIDE_BY_SIDE], k0 = key[0], k1 = key[1];
    for (int e = 0; e < SIDE_BY_SIDE; e++) c0[e] = (uint32_t)(first + e), c1[e] = counter, c2[e] = stream, c3[e] = 0;
    for (int round = 0; round < 10; round++) {
      for (int e = 0; e < SIDE_BY_SIDE; e++) {
        uint64_t low = (uint64_t)c0[e] * 0xD2511F53u, high = (uint64_t)c2[e] * 0xCD9E8D57u;
        uint32_t x = (uint32_t)(high >> 32) ^ c1[e] ^ k0, z = (uint32_t)(low >> 32) ^ c3[e] ^ k1;
        c0[e] = x, c1[e] = (uint32_t)high, c2[e] = z, c3[e] = (uint32_t)low;
      }
      k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
    for (int64_t e = 0; e < blocks; e++) {
      uint32_t words[4] = {c0[e], c1[e], c2[e], c3[e]};
      for (int64_t lane = 0; lane < 4 && 4 * (first + e) + lane < count; lane++) {
        y[4 * (first + e) + lane] = (float)(int32_t)(words[lane] >> 8) * 0x1p-24f;
      }
    }
  }
}
