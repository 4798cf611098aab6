// The shared memory of a workgroup of four subgroups for a product on matrix units (cooperative matrices): a
// tile of each operand, in a narrow format, of depth DEPTH.
//
// BFLOAT: bfloat16, else float16. PLANES: 1, or 2 if each number is the sum of two of the format.
#ifdef EMULATED
#include "cooperativeEmulation.glsl"
#else
#include "cooperativeMatrices.glsl"
#endif
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require

// Four times the subgroup size.
layout(local_size_x_id = 0) in;
// The rows and columns of a tile of results, of which each subgroup computes a quarter.
layout(constant_id = 1) const uint ROWS = 64u;
layout(constant_id = 2) const uint COLUMNS = 64u;
// The shape of the cooperative matrices.
layout(constant_id = 3) const uint UNIT_ROWS = 16u;
layout(constant_id = 4) const uint UNIT_COLUMNS = 16u;
layout(constant_id = 5) const uint UNIT_DEPTH = 16u;
// The depth of the operand tiles.
layout(constant_id = 6) const uint DEPTH = 32u;

// A word holds two numbers adjacent along the depth. Rows are padded by 16 bytes, so that eight consecutive
// ones begin in different banks. Matrices are loaded at multiples of 16 bytes, or of their rows if shorter:
// every shared array has a multiple of 16 bytes.
const uint PAIRS = DEPTH / 2u;
const uint STRIDE = PAIRS + 4u;
const uint PLANE = (ROWS + COLUMNS) * STRIDE;
const uint RIGHT = ROWS * STRIDE;
const uint UNIT_COUNT = UNIT_ROWS * UNIT_COLUMNS;
shared uint tiles[PLANE * PLANES];
shared float unitResults[4u * UNIT_COUNT];

#if BFLOAT == 1
// Truncation is exact for numbers of the format.
uint packed(float first, float second) {
  return floatBitsToUint(first) >> 16 | (floatBitsToUint(second) & 0xFFFF0000u);
}
vec2 unpacked(uint word) { return vec2(uintBitsToFloat(word << 16), uintBitsToFloat(word & 0xFFFF0000u)); }
#else
uint packed(float first, float second) { return packFloat2x16(f16vec2(first, second)); }
vec2 unpacked(uint word) { return vec2(unpackFloat2x16(word)); }
#endif

// The nearest bfloat16. The remainder of a number of up to 16 significant bits is a bfloat16 too.
float upper(float x) { return uintBitsToFloat((floatBitsToUint(x) + 0x8000u) & 0xFFFF0000u); }

void put(uint word, float first, float second) {
#if PLANES == 1
  tiles[word] = packed(first, second);
#else
  float firstUpper = upper(first), secondUpper = upper(second);
  tiles[word] = packed(firstUpper, secondUpper);
  tiles[PLANE + word] = packed(first - firstUpper, second - secondUpper);
#endif
}
