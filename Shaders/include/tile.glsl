// How many results an invocation makes: ROWS×COLUMNS.
layout(constant_id = 0) const uint ROWS = 4u;
layout(constant_id = 1) const uint COLUMNS = 4u;
