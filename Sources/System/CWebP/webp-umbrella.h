// The system's libwebp (Debian: libwebp-dev), for Swift: it reports errors in values.
#include <webp/decode.h>
#include <webp/demux.h>
// For tests only.
#include <webp/encode.h>
