// Writes JPEG files for tests, with libjpeg-turbo.

#ifndef LEMNOS_JPEG_WRITING_H
#define LEMNOS_JPEG_WRITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Encodes pixels of 1 (grey), 3 (RGB) or 4 (CMYK, inverted as Adobe's programs store it) channels.
///
/// The caller frees the result; NULL if there is no memory.
uint8_t *_Nullable lemnos_write_jpeg(
    const uint8_t *_Nonnull pixels, int32_t width, int32_t height, int32_t channels, int32_t quality,
    bool is_progressive, size_t *_Nonnull count);

#endif
