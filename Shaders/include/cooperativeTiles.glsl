// What a workgroup of four subgroups shares while it multiplies matrices by the device's matrix units (cooperative matrices):
// a tile of the left matrix and one of the right, in a narrow format, DEPTH deep.
//
// BFLOAT: bfloat16, else float16. PLANES: 1, or 2 where each number is the sum of two of the format.
#ifdef EMULATED
#include "cooperativeEmulation.glsl"
#else
#include "cooperativeMatrices.glsl"
#endif
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require

// Four times the device's subgroup size.
layout(local_size_x_id = 0) in;
// The rows and columns of a tile of results, a half by each subgroup.
layout(constant_id = 1) const uint ROWS = 64u;
layout(constant_id = 2) const uint COLUMNS = 64u;
// Of the device's matrices: the results', and the depth at a time.
layout(constant_id = 3) const uint UNIT_ROWS = 16u;
layout(constant_id = 4) const uint UNIT_COLUMNS = 16u;
layout(constant_id = 5) const uint UNIT_DEPTH = 16u;
// Of what is shared at a time of both matrices.
layout(constant_id = 6) const uint DEPTH = 32u;

// Two numbers lie in a word, one behind the other along the depth. Rows are 16 bytes longer than they need, so that eight that
// follow one another begin in different banks. Units are loaded from multiples of 16 bytes, or of their rows where those are
// shorter: every array that is shared has a multiple of 16 bytes.
const uint PAIRS = DEPTH / 2u;
const uint STRIDE = PAIRS + 4u;
const uint PLANE = (ROWS + COLUMNS) * STRIDE;
const uint RIGHT = ROWS * STRIDE;
const uint UNIT_COUNT = UNIT_ROWS * UNIT_COLUMNS;
shared uint tiles[PLANE * PLANES];
shared float unitResults[4u * UNIT_COUNT];

#if BFLOAT == 1
// Cut off, which changes nothing in numbers that are of the format.
uint packed(float first, float second) {
  return floatBitsToUint(first) >> 16 | (floatBitsToUint(second) & 0xFFFF0000u);
}
vec2 unpacked(uint word) { return vec2(uintBitsToFloat(word << 16), uintBitsToFloat(word & 0xFFFF0000u)); }
#else
uint packed(float first, float second) { return packFloat2x16(f16vec2(first, second)); }
vec2 unpacked(uint word) { return vec2(unpackFloat2x16(word)); }
#endif

// The nearest bfloat16. What a number of up to 16 bits has beyond it is a bfloat16 too.
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
