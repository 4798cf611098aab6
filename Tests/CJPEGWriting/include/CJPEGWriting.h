// JPEG files for tests to read, as libjpeg-turbo writes them.

#ifndef LEMNOS_JPEG_WRITING_H
#define LEMNOS_JPEG_WRITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Writes pixels of 1 (grey), 3 (red, green, blue) or 4 (inks, upside down as Adobe's programs have them) channels.
///
/// The result is to be freed; NULL if there is no memory.
uint8_t *_Nullable lemnos_write_jpeg(
    const uint8_t *_Nonnull pixels, int32_t width, int32_t height, int32_t channels, int32_t quality,
    bool is_progressive, size_t *_Nonnull count);

#endif
