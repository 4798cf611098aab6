// The operands of a matrix product dispatched alone, whole or in split-K parts of `depthStep`, whose results
// are stored one after another. Bands of rows of all parts that do not fit along y continue along z.
layout(constant_id = 5) const bool aIsTransposed = false;
layout(constant_id = 6) const bool bIsTransposed = false;
layout(std430, binding = 0) readonly buffer A { REAL a[]; };
layout(std430, binding = 1) readonly buffer B { REAL b[]; };
layout(std430, binding = 2) writeonly buffer Y { REAL y[]; };
layout(push_constant) uniform Sizes { uint m, n, k, aOffset, aStride, bOffset, bStride, depthStep, parts; };
#define MATMUL product
#define A_AT(i) a[i]
#define B_AT(i) b[i]
#define STORE(i, value) y[firstResult + (i)] = value
uint firstResult;
