// The parts of image reading that are in C: row assembly and box downscaling, fast also in debug builds, and
// libpng's row interface, which reports errors by longjmp, which must not cross Swift frames.

#ifndef LEMNOS_PICTURES_H
#define LEMNOS_PICTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The size of a message buffer in bytes, including the terminating zero.
enum { LEMNOS_PNG_MESSAGE = 256 };

/// An image assembled from its rows, in full size or downscaled by an integer factor with a box filter: each
/// pixel is the mean of a `factor`×`factor` block of the file's pixels.
typedef struct {
  /// The size of the image in the file.
  int64_t width;
  int64_t height;
  /// The channels of a pixel.
  int64_t channels;
  /// The downscaling factor: 1 for full size, at most 1024.
  int64_t factor;
  /// `[height / factor, width / factor, channels]`. The remainder of the file's image is cropped, on both
  /// sides alike.
  uint8_t *_Nonnull pixels;
  /// Block sums, zeroed: `[width / factor, channels]`, or as many as `pixels` if rows arrive in any order.
  /// Not used for a factor of 1.
  uint32_t *_Nullable sums;
  /// True if `sums` covers all pixels, not one row of blocks.
  bool has_all_sums;
  /// The row of blocks that `sums` accumulates; -1 for none.
  int64_t square_row;
} lemnos_rows;

/// Adds `count` pixels of a row, at columns `first`, `first + step`, …
///
/// If `sums` covers one row of blocks only, rows of blocks must arrive one after the other.
void lemnos_rows_add(
    lemnos_rows *_Nonnull rows, int64_t row, int64_t first, int64_t step, int64_t count,
    const uint8_t *_Nonnull values);

/// Writes the remaining sums as pixels, after the last row.
void lemnos_rows_finish(lemnos_rows *_Nonnull rows);

/// Decodes a PNG file of the size and channels (1 or 3) given by `rows`, row by row, with transparent pixels
/// blended onto white; on failure returns false with the reason in `message`.
bool lemnos_png_read_rows(
    const uint8_t *_Nonnull bytes, size_t count, lemnos_rows *_Nonnull rows, char *_Nonnull message);

#endif
