#include "include/CPictures.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// All state that must survive longjmp is in here, in memory, so that none of it is in a register.
typedef struct {
  png_structp png;
  png_infop info;
  jmp_buf escape;
  char *message;
  const uint8_t *bytes;
  size_t left;
  uint8_t *line;
} reader;

static void fail(png_structp png, png_const_charp text) {
  reader *self = png_get_error_ptr(png);
  snprintf(self->message, LEMNOS_PNG_MESSAGE, "%s", text);
  longjmp(self->escape, 1);
}

static void say_nothing(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void take(png_structp png, png_bytep target, size_t count) {
  reader *self = png_get_io_ptr(png);
  if (count > self->left) png_error(png, "the file is cut short");
  memcpy(target, self->bytes, count);
  self->bytes += count;
  self->left -= count;
}

// Blends pixels onto white and converts them in place from `from` to `to` channels.
static void blend(uint8_t *line, int64_t count, int from, int64_t to) {
  if (from == to) return;
  for (int64_t index = 0; index < count; index++) {
    const uint8_t *pixel = line + index * from;
    uint32_t alpha = from == 2 || from == 4 ? pixel[from - 1] : 255;
    uint8_t values[3];
    for (int64_t channel = 0; channel < to; channel++) {
      uint32_t value = pixel[from > 2 ? channel : 0];
      values[channel] = (uint8_t)((value * alpha + 255 * (255 - alpha) + 127) / 255);
    }
    memcpy(line + index * to, values, (size_t)to);
  }
}

static void read_all(reader *self, lemnos_rows *rows) {
  png_structp png = self->png;
  png_set_read_fn(png, self, take);
  png_read_info(png, self->info);
  if (png_get_image_width(png, self->info) != rows->width || png_get_image_height(png, self->info) != rows->height) {
    png_error(png, "the header says two sizes");
  }
  png_set_expand(png);
  png_set_scale_16(png);
  // Like libpng's simplified interface: sRGB output, and sRGB input unless the file says otherwise.
  png_set_alpha_mode(png, PNG_ALPHA_PNG, PNG_DEFAULT_sRGB);
  int passes = png_get_interlace_type(png, self->info) == PNG_INTERLACE_ADAM7 ? PNG_INTERLACE_ADAM7_PASSES : 1;
  png_read_update_info(png, self->info);
  int channels = png_get_channels(png, self->info);
  if ((channels > 2) != (rows->channels > 1) || png_get_bit_depth(png, self->info) != 8) {
    png_error(png, "its colours are of a kind that is not read");
  }
  self->line = malloc(png_get_rowbytes(png, self->info));
  if (self->line == NULL) png_error(png, "there is no memory to read it");
  for (int pass = 0; pass < passes; pass++) {
    // Without interlacing there is one pass with all columns of all rows.
    bool is_plain = passes == 1;
    png_uint_32 width = (png_uint_32)rows->width, height = (png_uint_32)rows->height;
    int64_t first = is_plain ? 0 : PNG_PASS_START_COL(pass);
    int64_t step = is_plain ? 1 : (int64_t)1 << PNG_PASS_COL_SHIFT(pass);
    int64_t top = is_plain ? 0 : PNG_PASS_START_ROW(pass);
    int64_t down = is_plain ? 1 : (int64_t)1 << PNG_PASS_ROW_SHIFT(pass);
    int64_t columns = is_plain ? width : PNG_PASS_COLS(width, pass);
    int64_t lines = is_plain ? height : PNG_PASS_ROWS(height, pass);
    if (columns == 0) continue;
    for (int64_t line = 0; line < lines; line++) {
      png_read_row(png, self->line, NULL);
      blend(self->line, columns, channels, rows->channels);
      lemnos_rows_add(rows, top + line * down, first, step, columns, self->line);
    }
  }
}

bool lemnos_png_read_rows(const uint8_t *bytes, size_t count, lemnos_rows *rows, char *message) {
  reader *self = calloc(1, sizeof *self);
  if (self == NULL) {
    snprintf(message, LEMNOS_PNG_MESSAGE, "there is no memory to read it");
    return false;
  }
  self->message = message;
  self->bytes = bytes;
  self->left = count;
  bool is_good = false;
  self->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, self, fail, say_nothing);
  if (self->png != NULL) self->info = png_create_info_struct(self->png);
  if (self->info == NULL) {
    snprintf(message, LEMNOS_PNG_MESSAGE, "libpng cannot start");
  } else if (setjmp(self->escape) == 0) {
    // A chunk's claimed length is allocated before its data are read: limit it. No text, profile or
    // orientation is as large.
    png_set_chunk_malloc_max(self->png, 8 << 20);
    read_all(self, rows);
    is_good = true;
  }
  png_destroy_read_struct(&self->png, &self->info, NULL);
  free(self->line);
  free(self);
  return is_good;
}
