// The operands of a matrix product that is dispatched alone, at once or in parts of `depthStep` of its depth, whose results come one
// after another. Bands of rows that do not fit along y, those of all parts, continue along z.
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
