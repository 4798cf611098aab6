// What a workgroup of 16×16 invocations shares while it makes a tile of 64×64 results, 4×4 an invocation: each value brought
// here is used 64 times.
const uint TILE = 64u, DEPTH = 16u;
// A column more than the tile, so that neighbours lie in different banks when a tile is stored transposed.
shared float leftTile[DEPTH][TILE + 1u];
shared float rightTile[DEPTH][TILE + 1u];
