// The shared operand tiles of a workgroup of LANES_DOWN×LANES_ACROSS invocations with ROWS×COLUMNS results
// each, both multiples of 4: a loaded value is used once per row, or column, of the tile.
#ifndef TILES
#define TILES
const uint DEPTH = 16u;
const uint TILE_ROWS = ROWS * LANES_DOWN, TILE_COLUMNS = COLUMNS * LANES_ACROSS;
const uint LANES = LANES_DOWN * LANES_ACROSS;
// Padded by four, so that elements adjacent in depth lie in different banks, and four at a time can be read.
shared float leftTile[DEPTH][TILE_ROWS + 4u];
shared float rightTile[DEPTH][TILE_COLUMNS + 4u];
#endif
