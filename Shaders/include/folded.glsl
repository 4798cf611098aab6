// Tree reduction in shared memory, in a fixed order, over `lanes` invocations that are `apart` apart. ELEMENT
// is the type, FOLDED the name of the shared array.
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
