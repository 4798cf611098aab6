// The results per invocation: ROWS×COLUMNS (register blocking).
layout(constant_id = 0) const uint ROWS = 4u;
layout(constant_id = 1) const uint COLUMNS = 4u;
