uint mixed(uint x) {
  x = (x ^ (x >> 16)) * 0x7FEB352Du;
  x = (x ^ (x >> 15)) * 0x846CA68Bu;
  return x ^ (x >> 16);
}

// Entry i of batch `counter` of `batch` rows of a table of `count`: a Feistel network permutes the smallest
// power of four that is at least `count`, repeated while the result is out of range (cycle walking).
uint shuffledRow(uint i, uint counter, uint batch, uint count, uint halfBits, uvec2 key) {
  uint batches = count / batch;
  uint epoch = counter / batches;
  uvec2 epochKey = uvec2(key.x ^ (epoch * 0x9E3779B9u), key.y + epoch);
  uint mask = (1u << halfBits) - 1u;
  uint x = (counter % batches) * batch + i;
  do {
    uint left = x >> halfBits, right = x & mask;
    for (uint round = 0u; round < 6u; round++) {
      uint swayed = left ^ (mixed(right ^ (((round & 1u) == 0u ? epochKey.x : epochKey.y) + round * 0x85EBCA6Bu)) & mask);
      left = right;
      right = swayed;
    }
    x = (left << halfBits) | right;
  } while (x >= count);
  return x;
}
