#include "include/CPictures.h"

#include <string.h>

static void write_means(lemnos_rows *rows, int64_t row, uint32_t *sums) {
  uint32_t area = (uint32_t)(rows->factor * rows->factor);
  int64_t line = rows->width / rows->factor * rows->channels;
  uint8_t *pixels = rows->pixels + row * line;
  for (int64_t place = 0; place < line; place++) pixels[place] = (uint8_t)((sums[place] + area / 2) / area);
}

void lemnos_rows_add(
    lemnos_rows *rows, int64_t row, int64_t first, int64_t step, int64_t count, const uint8_t *values) {
  int64_t channels = rows->channels, factor = rows->factor;
  if (factor == 1) {
    uint8_t *line = rows->pixels + row * rows->width * channels;
    for (int64_t index = 0; index < count; index++) {
      for (int64_t channel = 0; channel < channels; channel++) {
        line[(first + index * step) * channels + channel] = values[index * channels + channel];
      }
    }
    return;
  }
  int64_t columns = rows->width / factor, lines = rows->height / factor;
  int64_t top = rows->height % factor / 2, left = rows->width % factor / 2;
  if (row < top || row - top >= lines * factor) return;
  int64_t square_row = (row - top) / factor;
  uint32_t *sums = rows->sums;
  if (rows->has_all_sums) {
    sums += square_row * columns * channels;
  } else if (square_row != rows->square_row) {
    lemnos_rows_finish(rows);
    rows->square_row = square_row;
  }
  for (int64_t index = 0; index < count; index++) {
    int64_t column = first + index * step - left;
    if (column < 0 || column >= columns * factor) continue;
    uint32_t *sum = sums + column / factor * channels;
    for (int64_t channel = 0; channel < channels; channel++) sum[channel] += values[index * channels + channel];
  }
}

void lemnos_rows_finish(lemnos_rows *rows) {
  if (rows->factor == 1) return;
  int64_t line = rows->width / rows->factor * rows->channels;
  if (rows->has_all_sums) {
    for (int64_t row = 0; row < rows->height / rows->factor; row++) write_means(rows, row, rows->sums + row * line);
  } else if (rows->square_row >= 0) {
    write_means(rows, rows->square_row, rows->sums);
    memset(rows->sums, 0, (size_t)line * sizeof *rows->sums);
    rows->square_row = -1;
  }
}
