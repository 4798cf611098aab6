// What reading pictures takes in C: rows put together, as fast in a debug build, and libpng row by row, which reports errors by
// a jump, and no jump may leave the frames of Swift behind.

#ifndef LEMNOS_PICTURES_H
#define LEMNOS_PICTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Bytes of a message, with the zero at its end.
enum { LEMNOS_PNG_MESSAGE = 256 };

/// A picture that is put together from its rows: whole, or smaller, where each pixel is the mean of a square of the file's.
typedef struct {
  /// Of the picture in the file.
  int64_t width;
  int64_t height;
  /// Values of a pixel.
  int64_t channels;
  /// The side of a square: 1 for the whole picture, at most 1024.
  int64_t factor;
  /// `[height / factor, width / factor, channels]`. What is left over of the file's is cut away, on both sides alike.
  uint8_t *_Nonnull pixels;
  /// `[width / factor, channels]`, or for rows in any order as many as `pixels`: zeros. Not used for a factor of 1.
  uint32_t *_Nullable sums;
  /// Whether there are sums for all pixels.
  bool has_all_sums;
  /// The row of squares that `sums` are of; -1 for none.
  int64_t square_row;
} lemnos_rows;

/// Takes in some pixels of a row, at columns `first`, `first + step`, …
///
/// Where there are sums of one row only, rows of squares have to come one after the other.
void lemnos_rows_add(
    lemnos_rows *_Nonnull rows, int64_t row, int64_t first, int64_t step, int64_t count,
    const uint8_t *_Nonnull values);

/// Writes what is left in the sums, after the last row.
void lemnos_rows_finish(lemnos_rows *_Nonnull rows);

/// Reads a PNG file of the size and the channels (1 or 3) that `rows` say, transparent pixels on white, up to its last row; or says
/// why not in `message`.
bool lemnos_png_read_rows(
    const uint8_t *_Nonnull bytes, size_t count, lemnos_rows *_Nonnull rows, char *_Nonnull message);

#endif
