// Bytes in a buffer of words, little-endian: not every device supports byte access (storageBuffer8BitAccess).
#define BYTE(words, i) ((words[(i) >> 2] >> (((i) & 3u) << 3)) & 0xFFu)

// Replaces one byte while other invocations may replace its neighbours. Kernels write whole words where they
// can.
#define STORE_BYTE(words, i, value)                             \
  do {                                                          \
    atomicAnd(words[(i) >> 2], ~(0xFFu << (((i) & 3u) << 3)));  \
    atomicOr(words[(i) >> 2], ((value) & 0xFFu) << (((i) & 3u) << 3)); \
  } while (false)

// Stores bytes first … first + 3 as one word, and of the last word only the bytes before `count`: no other
// invocation writes the bytes after them.
#define STORE_BYTES(words, first, count, word)                                          \
  do {                                                                                  \
    uint beyond = (first) + 4u <= (count) ? 0u : 0xFFFFFFFFu << (((count) - (first)) << 3); \
    words[(first) >> 2] = beyond == 0u ? (word) : (words[(first) >> 2] & beyond) | (word); \
  } while (false)
