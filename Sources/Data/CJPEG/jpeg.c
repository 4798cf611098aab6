#include "include/CJPEG.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

// Limits for progressive files, which may have any number of scans of a few bytes each, while every scan
// costs a pass over all pixels. Photographs have about ten scans; the limit on the pixels of all scans
// together is some 20 times the largest accepted image.
enum { MOST_SCANS = 500 };
static const int64_t most_scanned_pixels = INT64_C(1) << 32;

typedef struct {
  struct jpeg_decompress_struct codec;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  char *message;
} reader;

static void fail(j_common_ptr codec) {
  reader *self = codec->client_data;
  codec->err->format_message(codec, self->message);
  longjmp(self->escape, 1);
}

// Warnings are errors, because the library would continue with made-up data. Only skipped bytes between
// markers are tolerated.
static void warn(j_common_ptr codec, int level) {
  if (level >= 0) return;
  switch (codec->err->msg_code) {
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC:
    case JWRN_ARITH_BAD_CODE:
      fail(codec);
      break;
    default:
      break;
  }
}

static void say_nothing(j_common_ptr codec) { (void)codec; }

static void count_scans(j_common_ptr codec) {
  reader *self = codec->client_data;
  int64_t pixels = (int64_t)self->codec.image_width * (int64_t)self->codec.image_height;
  int most = pixels * MOST_SCANS <= most_scanned_pixels ? MOST_SCANS : (int)(most_scanned_pixels / pixels);
  if (self->codec.input_scan_number <= most) return;
  snprintf(self->message, LEMNOS_JPEG_MESSAGE, "it comes in more than %d scans", most);
  longjmp(self->escape, 1);
}

// All state that must survive longjmp is in `self`, in memory, so that none of it is in a register.
static reader *make_reader(char *message) {
  reader *self = calloc(1, sizeof *self);
  if (self == NULL) {
    snprintf(message, LEMNOS_JPEG_MESSAGE, "there is no memory to read it");
    return NULL;
  }
  self->message = message;
  self->codec.err = jpeg_std_error(&self->errors);
  self->errors.error_exit = fail;
  self->errors.emit_message = warn;
  self->errors.output_message = say_nothing;
  self->codec.client_data = self;
  return self;
}

static void free_reader(reader *self) {
  jpeg_destroy_decompress(&self->codec);
  free(self);
}

// Reads up to the first scan and sets the output colour space.
static bool begin(reader *self, const uint8_t *bytes, size_t count, lemnos_jpeg_size *size) {
  jpeg_create_decompress(&self->codec);
  self->progress.progress_monitor = count_scans;
  self->codec.progress = &self->progress;
  jpeg_mem_src(&self->codec, bytes, count);
  jpeg_read_header(&self->codec, TRUE);
  switch (self->codec.num_components) {
    case 1: self->codec.out_color_space = JCS_GRAYSCALE; break;
    case 3: self->codec.out_color_space = JCS_RGB; break;
    case 4: self->codec.out_color_space = JCS_CMYK; break;
    default:
      snprintf(
          self->message, LEMNOS_JPEG_MESSAGE, "it has %d channels, but is read with 1, 3 or 4",
          self->codec.num_components);
      return false;
  }
  size->width = (int32_t)self->codec.image_width;
  size->height = (int32_t)self->codec.image_height;
  size->channels = self->codec.num_components == 1 ? 1 : 3;
  return true;
}

bool lemnos_jpeg_measure(const uint8_t *bytes, size_t count, lemnos_jpeg_size *size, char *message) {
  reader *self = make_reader(message);
  if (self == NULL) return false;
  if (setjmp(self->escape)) {
    free_reader(self);
    return false;
  }
  bool is_good = begin(self, bytes, count, size);
  free_reader(self);
  return is_good;
}

// CMYK to RGB: each colour channel is multiplied by black. Adobe's programs store the inks inverted and mark
// the file with an Adobe marker.
static void print_line(const uint8_t *inks, bool is_inverted, int width, uint8_t *line) {
  for (int column = 0; column < width; column++) {
    int black = is_inverted ? inks[4 * column + 3] : 255 - inks[4 * column + 3];
    for (int channel = 0; channel < 3; channel++) {
      int light = is_inverted ? inks[4 * column + channel] : 255 - inks[4 * column + channel];
      line[3 * column + channel] = (uint8_t)((light * black + 127) / 255);
    }
  }
}

bool lemnos_jpeg_read(
    const uint8_t *bytes, size_t count, lemnos_jpeg_size size, int32_t denominator, uint8_t *pixels,
    char *message) {
  reader *self = make_reader(message);
  if (self == NULL) return false;
  if (setjmp(self->escape)) {
    free_reader(self);
    return false;
  }
  lemnos_jpeg_size found;
  if (!begin(self, bytes, count, &found) || memcmp(&found, &size, sizeof size) != 0) {
    free_reader(self);
    return false;
  }
  self->codec.scale_num = 1;
  self->codec.scale_denom = (unsigned)denominator;
  jpeg_start_decompress(&self->codec);
  JSAMPARRAY inks = NULL;
  if (self->codec.output_components == 4) {
    // Allocated from the codec's pool and freed with it.
    inks = self->codec.mem->alloc_sarray(
        (j_common_ptr)&self->codec, JPOOL_IMAGE, self->codec.output_width * 4, 1);
  }
  while (self->codec.output_scanline < self->codec.output_height) {
    uint8_t *line = pixels + (size_t)self->codec.output_scanline * (size_t)self->codec.output_width * (size_t)size.channels;
    JSAMPROW row = inks == NULL ? line : inks[0];
    jpeg_read_scanlines(&self->codec, &row, 1);
    if (inks != NULL) print_line(row, self->codec.saw_Adobe_marker, (int)self->codec.output_width, line);
  }
  jpeg_finish_decompress(&self->codec);
  free_reader(self);
  return true;
}
