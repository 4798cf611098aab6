// The operations of cooperativeEmulation.glsl on the tiles.
const uint LANES = gl_WorkGroupSize.x / 4u;
const uint SUMS = UNIT_COUNT / LANES;
float emulatedSums[ROWS / 2u * (COLUMNS / 2u) / LANES];

uint zeroSums(uint unit) {
  for (uint i = 0u; i < TIMES(SUMS); i++) emulatedSums[unit * SUMS + i] = 0.0;
  return unit;
}

uint multiplyAdded(uint left, uint right, uint unit) {
  for (uint i = 0u; i < TIMES(SUMS); i++) {
    uint result = SUBGROUP_LANE + i * LANES;
    uint row = left + result / UNIT_COLUMNS * STRIDE, column = right + result % UNIT_COLUMNS * STRIDE;
    float sum = emulatedSums[unit * SUMS + i];
    for (uint pair = 0u; pair < TIMES(UNIT_DEPTH / 2u); pair++) {
      vec2 a = unpacked(tiles[row + pair]), b = unpacked(tiles[column + pair]);
      sum = fma(a.y, b.y, fma(a.x, b.x, sum));
    }
    emulatedSums[unit * SUMS + i] = sum;
  }
  return unit;
}

void storeSums(uint unit, uint first) {
  for (uint i = 0u; i < TIMES(SUMS); i++) unitResults[first + SUBGROUP_LANE + i * LANES] = emulatedSums[unit * SUMS + i];
}
