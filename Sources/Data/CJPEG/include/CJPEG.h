// JPEG decoding by the system's libjpeg-turbo. In C, because the library reports errors by longjmp, which
// must not cross Swift frames.

#ifndef LEMNOS_JPEG_H
#define LEMNOS_JPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The size of a message buffer in bytes, including the terminating zero.
enum { LEMNOS_JPEG_MESSAGE = 256 };

/// The size and the channels as given by a file's header.
typedef struct {
  int32_t width;
  int32_t height;
  /// The channels of a decoded pixel: 1 for grey, 3 for RGB.
  int32_t channels;
} lemnos_jpeg_size;

/// Reads the header; on failure returns false with the reason in `message`.
bool lemnos_jpeg_measure(
    const uint8_t *_Nonnull bytes, size_t count, lemnos_jpeg_size *_Nonnull size, char *_Nonnull message);

/// Decodes the pixels, `[⌈height / denominator⌉, ⌈width / denominator⌉, channels]`; on failure returns false
/// with the reason in `message`.
///
/// The denominator is 1, 2, 4 or 8: the decoder computes a smaller inverse DCT, which is faster than full
/// size. On success every pixel is written. A truncated or damaged file is an error.
bool lemnos_jpeg_read(
    const uint8_t *_Nonnull bytes, size_t count, lemnos_jpeg_size size, int32_t denominator,
    uint8_t *_Nonnull pixels, char *_Nonnull message);

#endif
