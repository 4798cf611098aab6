// A workgroup computes a tile of ROWS×COLUMNS results. Double buffering: float32 values are loaded into
// registers while the units multiply the previous ones, then converted to the narrow format and stored to the
// shared tiles. Accumulates in float32.
//
// The address of an element of the left operand is leftRow + leftDepth (LEFT_AT); of the right operand
// rightAddress of rightColumn + rightDepth (RIGHT_AT). These parts are computed once per row, column and step
// of the depth, into tables. STORE writes a result.
#include "index.glsl"
#ifdef EMULATED
#include "cooperativeEmulatedSums.glsl"
#endif

const uint BEYOND = 0xFFFFFFFFu;
shared uint leftRows[ROWS];
shared uint leftDepths[DEPTH];
shared ivec3 rightColumns[COLUMNS];
shared ivec3 rightDepths[DEPTH];

// Pairs of elements, adjacent along the depth, that an invocation loads per step.
const uint LEFT_PAIRS = ROWS * PAIRS / gl_WorkGroupSize.x;
const uint RIGHT_PAIRS = COLUMNS * PAIRS / gl_WorkGroupSize.x;
vec2 leftFetched[LEFT_PAIRS];
vec2 rightFetched[RIGHT_PAIRS];

// A pair's row or column, and its index along the depth: adjacent invocations load adjacent memory
// (coalesced).
uvec2 pairPlace(uint number, uint extent, bool runsAlongDepth) {
  uint pair = gl_LocalInvocationID.x + number * gl_WorkGroupSize.x;
  return runsAlongDepth ? uvec2(pair / PAIRS, pair % PAIRS) : uvec2(pair % extent, pair / extent);
}

// Beyond the edge, and in padding, the address is clamped, and the value is zero.
float leftValue(uint row, uint at) {
  uint rowPart = leftRows[row], depthPart = leftDepths[at];
  bool inside = rowPart != BEYOND && depthPart != BEYOND;
  float value = LEFT_AT(inside ? rowPart + depthPart : 0u);
  return inside ? value : 0.0;
}

float rightValue(uint column, uint at) {
  ivec3 columnPart = rightColumns[column], depthPart = rightDepths[at];
  int address = columnPart.x < 0 || depthPart.x < 0 ? -1 : rightAddress(columnPart + depthPart);
  float value = RIGHT_AT(max(address, 0));
  return address < 0 ? 0.0 : value;
}

void fetch() {
  UNROLL for (uint i = 0u; i < TIMES(LEFT_PAIRS); i++) {
    uvec2 place = pairPlace(i, ROWS, leftRunsAlongDepth());
    leftFetched[i] = vec2(leftValue(place.x, 2u * place.y), leftValue(place.x, 2u * place.y + 1u));
  }
  UNROLL for (uint i = 0u; i < TIMES(RIGHT_PAIRS); i++) {
    uvec2 place = pairPlace(i, COLUMNS, rightRunsAlongDepth());
    rightFetched[i] = vec2(rightValue(place.x, 2u * place.y), rightValue(place.x, 2u * place.y + 1u));
  }
}

void putFetched() {
  UNROLL for (uint i = 0u; i < TIMES(LEFT_PAIRS); i++) {
    uvec2 place = pairPlace(i, ROWS, leftRunsAlongDepth());
    put(place.x * STRIDE + place.y, leftFetched[i].x, leftFetched[i].y);
  }
  UNROLL for (uint i = 0u; i < TIMES(RIGHT_PAIRS); i++) {
    uvec2 place = pairPlace(i, COLUMNS, rightRunsAlongDepth());
    put(RIGHT + place.x * STRIDE + place.y, rightFetched[i].x, rightFetched[i].y);
  }
}

void noteDepths(uint start, uint end) {
  for (uint i = gl_LocalInvocationID.x; i < DEPTH; i += gl_WorkGroupSize.x) {
    bool inside = start + i < end;
    leftDepths[i] = inside ? leftDepth(start + i) : BEYOND;
    rightDepths[i] = inside ? rightDepth(start + i) : ivec3(-1, 0, 0);
  }
}

void product() {
  uint lane = gl_LocalInvocationID.x;
  uint rowTiles = (rowCount() + ROWS - 1u) / ROWS, columnTiles = (columnCount() + COLUMNS - 1u) / COLUMNS;
  // Tiles of the same columns are consecutive, to share the right operand in the cache, which is the larger
  // one.
  uint tile = groupIndex();
  uint firstRow = tile % rowTiles * ROWS;
  tile /= rowTiles;
  uint group = tile % groupCount();
  tile /= groupCount();
  uint part = tile % parts, firstColumn = tile / parts * COLUMNS;
  // The grid may be larger than needed, because it is folded from x into y.
  if (firstColumn >= columnTiles * COLUMNS) return;

  for (uint i = lane; i < ROWS; i += gl_WorkGroupSize.x)
    leftRows[i] = firstRow + i < rowCount() ? leftRow(group, firstRow + i) : BEYOND;
  for (uint i = lane; i < COLUMNS; i += gl_WorkGroupSize.x)
    rightColumns[i] = firstColumn + i < columnCount() ? rightColumn(group, firstColumn + i) : ivec3(-1, 0, 0);
  uint start = min(part * depthStep, depth()), end = min(start + depthStep, depth());
  noteDepths(start, end);
  barrier();
  fetch();

  const uint DOWN = ROWS / 2u / UNIT_ROWS, ACROSS = COLUMNS / 2u / UNIT_COLUMNS;
  uint ownRow = SUBGROUP / 2u * (ROWS / 2u), ownColumn = SUBGROUP % 2u * (COLUMNS / 2u);
  SUM_UNIT sums[DOWN * ACROSS];
  UNROLL for (uint i = 0u; i < TIMES(DOWN * ACROSS); i++) sums[i] = ZERO_UNIT(i);
  for (; start < end; start += DEPTH) {
    // All invocations have finished reading the previous step's tiles and tables.
    barrier();
    putFetched();
    noteDepths(start + DEPTH, end);
    barrier();
    if (start + DEPTH < end) fetch();
    UNROLL for (uint pair = 0u; pair < TIMES(PAIRS); pair += UNIT_DEPTH / 2u) {
      RIGHT_UNIT right[ACROSS * PLANES];
      UNROLL for (uint j = 0u; j < TIMES(ACROSS); j++) {
        uint word = RIGHT + (ownColumn + j * UNIT_COLUMNS) * STRIDE + pair;
        LOAD_RIGHT(right[j], word);
#if PLANES == 2
        LOAD_RIGHT(right[ACROSS + j], PLANE + word);
#endif
      }
      UNROLL for (uint i = 0u; i < TIMES(DOWN); i++) {
        uint word = (ownRow + i * UNIT_ROWS) * STRIDE + pair;
        LEFT_UNIT left;
        LOAD_LEFT(left, word);
#if PLANES == 2
        // (a + a′)(b + b′) without a′b′; small terms first.
        LEFT_UNIT leftLower;
        LOAD_LEFT(leftLower, PLANE + word);
        UNROLL for (uint j = 0u; j < TIMES(ACROSS); j++) {
          sums[i * ACROSS + j] = MULTIPLY_ADD(leftLower, right[j], sums[i * ACROSS + j]);
          sums[i * ACROSS + j] = MULTIPLY_ADD(left, right[ACROSS + j], sums[i * ACROSS + j]);
        }
#endif
        UNROLL for (uint j = 0u; j < TIMES(ACROSS); j++)
          sums[i * ACROSS + j] = MULTIPLY_ADD(left, right[j], sums[i * ACROSS + j]);
      }
    }
  }

  // Through shared memory, because who holds which result is the device's affair.
  uint count = rowCount() * columnCount() * groupCount();
  barrier();
  for (uint i = lane; i < COLUMNS; i += gl_WorkGroupSize.x) rightColumns[i].x = int(storeColumn(group, firstColumn + i));
  UNROLL for (uint unit = 0u; unit < TIMES(DOWN * ACROSS); unit++) {
    STORE_UNIT(sums[unit], SUBGROUP * UNIT_COUNT);
    barrier();
    for (uint i = lane; i < 4u * UNIT_COUNT; i += gl_WorkGroupSize.x) {
      uint subgroup = i / UNIT_COUNT;
      uint row = firstRow + subgroup / 2u * (ROWS / 2u) + unit / ACROSS * UNIT_ROWS + i % UNIT_COUNT / UNIT_COLUMNS;
      uint column = subgroup % 2u * (COLUMNS / 2u) + unit % ACROSS * UNIT_COLUMNS + i % UNIT_COLUMNS;
      if (row < rowCount() && firstColumn + column < columnCount())
        STORE(part * count + row * storeRowStep() + uint(rightColumns[column].x), unitResults[i]);
    }
    barrier();
  }
}
