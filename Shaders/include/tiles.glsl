// What a workgroup of LANES_DOWN×LANES_ACROSS invocations shares while it makes a tile of results, ROWS×COLUMNS an invocation,
// both multiples of 4: a value brought here is used once for each row, or column, of the tile.
#ifndef TILES
#define TILES
const uint DEPTH = 16u;
const uint TILE_ROWS = ROWS * LANES_DOWN, TILE_COLUMNS = COLUMNS * LANES_ACROSS;
const uint LANES = LANES_DOWN * LANES_ACROSS;
// Four more than the tile, so that neighbours in depth lie in different banks, and that four at a time can be read at once.
shared float leftTile[DEPTH][TILE_ROWS + 4u];
shared float rightTile[DEPTH][TILE_COLUMNS + 4u];
#endif
