// Philox4x32-10 (Salmon et al. 2011): words 4·block … 4·block + 3 of the sequence.
uvec4 philox(uint block, uint counter, uint stream, uvec2 key) {
  uvec4 c = uvec4(block, counter, stream, 0u);
  for (int round = 0; round < 10; round++) {
    uint high0, low0, high1, low1;
    umulExtended(c.x, 0xD2511F53u, high0, low0);
    umulExtended(c.z, 0xCD9E8D57u, high1, low1);
    c = uvec4(high1 ^ c.y ^ key.x, low1, high0 ^ c.w ^ key.y, low0);
    key += uvec2(0x9E3779B9u, 0xBB67AE85u);
  }
  return c;
}
