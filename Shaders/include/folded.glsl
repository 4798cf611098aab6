// Folds what the lanes of one place have, in a tree, always in the same order: `lanes` of them, `apart` invocations apart.
// ELEMENT is the type, FOLDED the array that they share.
shared ELEMENT FOLDED[gl_WorkGroupSize.x];

ELEMENT foldedSum(ELEMENT value, uint lane, uint lanes, uint apart) {
  uint own = gl_LocalInvocationID.x;
  FOLDED[own] = value;
  barrier();
  for (uint width = lanes / 2u; width > 0u; width >>= 1) {
    if (lane < width) FOLDED[own] += FOLDED[own + width * apart];
    barrier();
  }
  ELEMENT result = FOLDED[own - lane * apart];
  barrier();
  return result;
}

ELEMENT foldedMax(ELEMENT value, uint lane, uint lanes, uint apart) {
  uint own = gl_LocalInvocationID.x;
  FOLDED[own] = value;
  barrier();
  for (uint width = lanes / 2u; width > 0u; width >>= 1) {
    if (lane < width) FOLDED[own] = max(FOLDED[own], FOLDED[own + width * apart]);
    barrier();
  }
  ELEMENT result = FOLDED[own - lane * apart];
  barrier();
  return result;
}
