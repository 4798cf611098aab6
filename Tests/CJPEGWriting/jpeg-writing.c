#include "include/CJPEGWriting.h"

#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

uint8_t *lemnos_write_jpeg(
    const uint8_t *pixels, int32_t width, int32_t height, int32_t channels, int32_t quality,
    bool is_progressive, size_t *count) {
  struct jpeg_compress_struct codec;
  struct jpeg_error_mgr errors;
  codec.err = jpeg_std_error(&errors);  // exits on errors: they are bugs of the test
  jpeg_create_compress(&codec);
  unsigned char *bytes = NULL;
  unsigned long size = 0;
  jpeg_mem_dest(&codec, &bytes, &size);
  codec.image_width = (JDIMENSION)width;
  codec.image_height = (JDIMENSION)height;
  codec.input_components = channels;
  codec.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&codec);
  if (channels == 4) jpeg_set_colorspace(&codec, JCS_YCCK);
  jpeg_set_quality(&codec, quality, TRUE);
  // No chroma subsampling, or sharp colours could not be compared.
  codec.comp_info[0].h_samp_factor = codec.comp_info[0].v_samp_factor = 1;
  if (is_progressive) jpeg_simple_progression(&codec);
  jpeg_start_compress(&codec, TRUE);
  while (codec.next_scanline < codec.image_height) {
    JSAMPROW row = (JSAMPROW)(pixels + (size_t)codec.next_scanline * (size_t)width * (size_t)channels);
    jpeg_write_scanlines(&codec, &row, 1);
  }
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  *count = size;
  return bytes;
}
