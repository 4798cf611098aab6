// The system's zlib (Debian: zlib1g-dev), for Swift. `inflateInit2` is a macro that Swift cannot see:
// call `inflateInit2_` with `ZLIB_VERSION` and the size of `z_stream`.
#include <zlib.h>
