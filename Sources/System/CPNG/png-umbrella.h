// The system's libpng (Debian: libpng-dev), for Swift: its simplified interface, which reports errors in the image that it
// is given and never jumps over Swift's frames.
#include <png.h>
