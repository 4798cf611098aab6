// left[rowCount, depth] · right[depth, columnCount] → results, for GPUs, tiled in shared memory
// (`tiles.glsl`); computes the products within `firstDepth` ..< `endDepth`.
//
// PRODUCT is the function's name. LEFT(row, l, inside) and RIGHT(l, column, inside) are elements, zero beyond
// the edges. With PLACES they are LEFT(row, place, inside) and RIGHT(place, place), of places that
// notePlacesOfColumns and, in each step, notePlacesOfDepths write to tables. RUNS_DOWN is true if the left
// operand is contiguous along its columns, RUNS_ALONG if the right one is contiguous along the depth.
// RESULT(row, column, value) stores the results. An invocation has blocks of 4×4 of them, interleaved with
// those of the other invocations.
//
// An invocation loads elements of as few rows, columns and depths as possible, to save divisions. Of SIZE by
// DEPTH elements, the t-th that it loads is:
#ifndef PRODUCT_TILED
#define PRODUCT_TILED
#define LOAD_PLACE(t, size) (size <= LANES ? lane % size : lane + t % (size / LANES) * LANES)
#define LOAD_DEPTH(t, size) (size <= LANES ? lane / size + t * (LANES / size) : t / (size / LANES))
#define DEPTH_FIRST_PLACE(t) (lane / DEPTH + t * (LANES / DEPTH))
#define DEPTH_FIRST_DEPTH (lane % DEPTH)
#endif
void PRODUCT(uint firstRow, uint firstColumn, uint rowCount, uint columnCount, uint firstDepth, uint endDepth) {
  const uint LEFT_LOADS = TILE_ROWS * DEPTH / LANES, RIGHT_LOADS = TILE_COLUMNS * DEPTH / LANES;
  uint lane = gl_LocalInvocationID.x;
  uint across = lane % LANES_ACROSS, down = lane / LANES_ACROSS;
  vec4 total[ROWS][COLUMNS / 4u];
  [[unroll]] for (uint i = 0u; i < ROWS; i++) [[unroll]] for (uint j = 0u; j < COLUMNS / 4u; j++) total[i][j] = vec4(0.0);
  float nextLeft[LEFT_LOADS], nextRight[RIGHT_LOADS];
#if PLACES == 1
  notePlacesOfColumns(firstColumn);
  uvec3 depthAt = depthNumbers(firstDepth + lane % DEPTH), depthFurther = depthNumbers(DEPTH);
  notePlacesOfDepths(firstDepth, endDepth, depthAt);
  barrier();
#endif
  for (uint start = firstDepth; start < endDepth + DEPTH; start += DEPTH) {
    // Double buffering: the next tiles are loaded while the current ones are multiplied.
    if (start > firstDepth) {
      barrier();
      [[unroll]] for (uint t = 0u; t < LEFT_LOADS; t++) {
        uint l = RUNS_DOWN ? LOAD_DEPTH(t, TILE_ROWS) : DEPTH_FIRST_DEPTH;
        uint i = RUNS_DOWN ? LOAD_PLACE(t, TILE_ROWS) : DEPTH_FIRST_PLACE(t);
        leftTile[l][i] = nextLeft[t];
      }
      [[unroll]] for (uint t = 0u; t < RIGHT_LOADS; t++) {
        uint l = RUNS_ALONG ? DEPTH_FIRST_DEPTH : LOAD_DEPTH(t, TILE_COLUMNS);
        uint j = RUNS_ALONG ? DEPTH_FIRST_PLACE(t) : LOAD_PLACE(t, TILE_COLUMNS);
        rightTile[l][j] = nextRight[t];
      }
#if PLACES == 1
      depthAt = sumOfDepths(depthAt, depthFurther);
      notePlacesOfDepths(start, endDepth, depthAt);
#endif
      barrier();
    }
    if (start < endDepth) {
      [[unroll]] for (uint t = 0u; t < LEFT_LOADS; t++) {
        uint l = RUNS_DOWN ? LOAD_DEPTH(t, TILE_ROWS) : DEPTH_FIRST_DEPTH;
        uint row = firstRow + (RUNS_DOWN ? LOAD_PLACE(t, TILE_ROWS) : DEPTH_FIRST_PLACE(t));
        bool inside = row < rowCount && start + l < endDepth;
#if PLACES == 1
        nextLeft[t] = LEFT(row, rightDepths[l], inside);
#else
        nextLeft[t] = LEFT(row, start + l, inside);
#endif
      }
      [[unroll]] for (uint t = 0u; t < RIGHT_LOADS; t++) {
        uint l = RUNS_ALONG ? DEPTH_FIRST_DEPTH : LOAD_DEPTH(t, TILE_COLUMNS);
        uint j = RUNS_ALONG ? DEPTH_FIRST_PLACE(t) : LOAD_PLACE(t, TILE_COLUMNS);
#if PLACES == 1
        nextRight[t] = RIGHT(rightDepths[l], rightColumns[j]);
#else
        nextRight[t] = RIGHT(start + l, firstColumn + j, start + l < endDepth && firstColumn + j < columnCount);
#endif
      }
    }
    if (start > firstDepth) {
      [[unroll]] for (uint l = 0u; l < DEPTH; l++) {
        vec4 left[ROWS / 4u], right[COLUMNS / 4u];
        [[unroll]] for (uint i = 0u; i < ROWS; i++) {
          left[i / 4u][i % 4u] = leftTile[l][(i / 4u * LANES_DOWN + down) * 4u + i % 4u];
        }
        [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
          right[j / 4u][j % 4u] = rightTile[l][(j / 4u * LANES_ACROSS + across) * 4u + j % 4u];
        }
        [[unroll]] for (uint i = 0u; i < ROWS; i++) {
          [[unroll]] for (uint j = 0u; j < COLUMNS / 4u; j++) {
            total[i][j] = fma(vec4(left[i / 4u][i % 4u]), right[j], total[i][j]);
          }
        }
      }
    }
  }
  [[unroll]] for (uint i = 0u; i < ROWS; i++) {
    [[unroll]] for (uint j = 0u; j < COLUMNS; j++) {
      uint row = firstRow + (i / 4u * LANES_DOWN + down) * 4u + i % 4u;
      uint column = firstColumn + (j / 4u * LANES_ACROSS + across) * 4u + j % 4u;
      if (row < rowCount && column < columnCount) RESULT(row, column, total[i][j / 4u][j % 4u]);
    }
  }
}
