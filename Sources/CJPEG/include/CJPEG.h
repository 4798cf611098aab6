// JPEG files, read by the system's libjpeg-turbo. In C, because the library reports errors by a jump, and no jump may leave
// the frames of Swift behind.

#ifndef LEMNOS_JPEG_H
#define LEMNOS_JPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Bytes of a message, with the zero at its end.
enum { LEMNOS_JPEG_MESSAGE = 256 };

/// What a file's header says.
typedef struct {
  int32_t width;
  int32_t height;
  /// Of a pixel as it is read: 1 for grey, 3 for red, green and blue.
  int32_t channels;
} lemnos_jpeg_size;

/// Reads the header, or says why not in `message`.
bool lemnos_jpeg_measure(
    const uint8_t *_Nonnull bytes, size_t count, lemnos_jpeg_size *_Nonnull size, char *_Nonnull message);

/// Reads the pixels, `[height / denominator, width / denominator, channels]` of the size that the header says, sizes rounded up,
/// or says why not in `message`.
///
/// The denominator is 1, 2, 4 or 8: the codec makes fewer pixels of each block's waves, which is faster than to make all.
/// Every pixel is written where it succeeds. A file that is cut off or damaged is refused.
bool lemnos_jpeg_read(
    const uint8_t *_Nonnull bytes, size_t count, lemnos_jpeg_size size, int32_t denominator,
    uint8_t *_Nonnull pixels, char *_Nonnull message);

#endif
