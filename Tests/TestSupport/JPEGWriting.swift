import CJPEGWriting
import Glibc

/// A JPEG file with these pixels, `[height, width, channels]`, as libjpeg-turbo writes it.
///
/// - Parameter channels: 1 (grey), 3 (RGB) or 4 (CMYK, inverted as Adobe's programs store it).
package func jpegFile(
  _ pixels: [UInt8], width: Int, height: Int, channels: Int, quality: Int = 95, isProgressive: Bool = false
) -> [UInt8] {
  precondition(pixels.count == width * height * channels, "\(pixels.count) values do not make that picture")
  var count = 0
  let file = lemnos_write_jpeg(
    pixels, Int32(width), Int32(height), Int32(channels), Int32(quality), isProgressive, &count)
  defer { free(file) }
  return Array(UnsafeBufferPointer(start: file, count: count))
}
