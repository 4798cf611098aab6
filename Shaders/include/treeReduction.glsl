// Tree reduction in shared memory, in a fixed order, over `lanes` invocations that are `apart` apart. ELEMENT
// is the type, SHARED the name of the shared array.
shared ELEMENT SHARED[gl_WorkGroupSize.x];

ELEMENT treeSum(ELEMENT value, uint lane, uint lanes, uint apart) {
  uint own = gl_LocalInvocationID.x;
  SHARED[own] = value;
  barrier();
  for (uint width = lanes / 2u; width > 0u; width >>= 1) {
    if (lane < width) SHARED[own] += SHARED[own + width * apart];
    barrier();
  }
  ELEMENT result = SHARED[own - lane * apart];
  barrier();
  return result;
}

ELEMENT treeMax(ELEMENT value, uint lane, uint lanes, uint apart) {
  uint own = gl_LocalInvocationID.x;
  SHARED[own] = value;
  barrier();
  for (uint width = lanes / 2u; width > 0u; width >>= 1) {
    if (lane < width) SHARED[own] = max(SHARED[own], SHARED[own + width * apart]);
    barrier();
  }
  ELEMENT result = SHARED[own - lane * apart];
  barrier();
  return result;
}
