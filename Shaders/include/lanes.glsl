// The invocations of a workgroup, arranged as LANES_DOWN×LANES_ACROSS over a tile.
layout(constant_id = 2) const uint LANES_DOWN = 16u;
layout(constant_id = 3) const uint LANES_ACROSS = 16u;
layout(local_size_x_id = 4) in;
