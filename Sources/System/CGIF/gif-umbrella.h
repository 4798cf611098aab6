// The system's giflib (Debian: libgif-dev), for Swift: it reports errors in values.
#include <gif_lib.h>
