import CJPEGWriting
import Datasets
import FileWriting
import Glibc
import Pictures
import PNGWriting

extension Parser {
  static let pictures = [
    Parser(
      name: "png", about: "PNG files, scaled and cut to size",
      words: ["IHDR", "IDAT", "PLTE", "tRNS", "IEND", "gAMA"],
      seeds: {
        [
          Picture(width: 5, height: 3, channels: 3, pixels: colors(45)).png,
          Picture(width: 4, height: 4, channels: 1, pixels: colors(16)).png,
          png(width: 2, depth: 16, color: 2, rows: [colors(12), colors(12)]),
          png(
            width: 3, depth: 8, color: 3, rows: [[0, 1, 2]],
            others: pngChunk("PLTE", colors(9)) + pngChunk("tRNS", [255, 255, 0])),
          png(width: 8, depth: 1, color: 0, rows: [[0b1010_0000]]),
          png(width: 2, depth: 8, color: 4, rows: [[7, 255, 7, 0]]),
          png(width: 2, depth: 8, color: 6, rows: [[1, 2, 3, 255, 1, 2, 3, 0]]),
          png(
            width: 2, depth: 8, color: 0, rows: [[1, 2]], others: pngChunk("eXIf", exifTIFF(orientation: 6))),
        ]
      }, repair: withPNGChecksums, read: readPicture),
    Parser(
      name: "jpeg", about: "JPEG files, scaled and cut to size",
      seeds: {
        [
          jpeg(width: 8, height: 8, channels: 1, isProgressive: false),
          jpeg(width: 17, height: 9, channels: 3, isProgressive: false),
          jpeg(width: 17, height: 9, channels: 3, isProgressive: true),
          jpeg(width: 9, height: 5, channels: 4, isProgressive: false),
          turned(jpeg(width: 8, height: 5, channels: 1, isProgressive: false)),
        ]
      }, read: readPicture),
    Parser(
      name: "gif", about: "GIF files, scaled and cut to size",
      seeds: {
        [
          gif(size: (4, 4), palette: colors(48), indices: [UInt8](0..<16)),
          gif(
            size: (3, 9), at: (1, 2), canvas: (9, 12), palette: colors(30), indices: [UInt8](0..<27),
            transparent: 3, isInterlaced: true),
        ]
      }, read: readPicture),
    Parser(
      name: "bmp", about: "BMP files, scaled and cut to size",
      seeds: {
        [
          bmp(width: 3, height: 2, bits: 24, rows: [colors(9), colors(9)]),
          bmp(width: 4, height: -2, bits: 4, palette: colors(48), rows: [[1, 2], [3, 4]]),
          bmp(
            width: 2, height: 1, bits: 32, masks: [0xFF_0000, 0xFF00, 0xFF, 0xFF00_0000], rows: [colors(8)]),
          oldBMP(width: 2, height: 1, palette: colors(30), rows: [[1, 2]]),
        ]
      }, read: readPicture),
    Parser(
      name: "webp", about: "WebP files, scaled and cut to size",
      words: ["VP8 ", "VP8L", "VP8X", "ANMF", "ALPH", "EXIF"],
      seeds: {
        let lossless = webP(width: 4, height: 3, rgba: colors(48), isLossless: true)
        return [
          lossless, webP(width: 20, height: 9, rgba: colors(720), isLossless: false),
          animatedWebP(canvas: (8, 8), at: (2, 2), frame: lossless, size: (4, 3)),
          webP(lossless, canvas: (4, 3), exif: exifTIFF(orientation: 5, isLong: true)),
        ]
      }, read: readPicture),
  ]

  private static func readPicture(_ bytes: [UInt8]) throws {
    let shape = ImageShape(channels: 3, height: 8, width: 8)
    let pixels = try PictureFile.pixels(of: bytes, path: "input", as: shape)
    demand(pixels.count == shape.count, "\(pixels.count) pixels for \(shape)")
  }
}

// MARK: Seeds

private func colors(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 * 37 % 256) } }

/// Corrects the checksums of all complete chunks.
private func withPNGChecksums(_ bytes: [UInt8]) -> [UInt8] {
  var bytes = bytes
  var start = 8
  while start + 12 <= bytes.count {
    let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
    let end = start + 8 + length
    guard end + 4 <= bytes.count else { break }
    bytes.replaceSubrange(end..<end + 4, with: pngChecksum(Array(bytes[start + 4..<end])))
    start = end + 4
  }
  return bytes
}

private func jpeg(width: Int, height: Int, channels: Int, isProgressive: Bool) -> [UInt8] {
  var count = 0
  let file = lemnos_write_jpeg(
    colors(width * height * channels), Int32(width), Int32(height), Int32(channels), 90, isProgressive, &count
  )
  defer { free(file) }
  return Array(UnsafeBufferPointer(start: file, count: count))
}

/// With an Exif orientation of a rotated camera.
private func turned(_ file: [UInt8]) -> [UInt8] {
  let entry: [UInt8] = [18, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]
  let tiff: [UInt8] = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0] + entry + [0, 0, 0, 0]
  let note = Array("Exif".utf8) + [0, 0] + tiff
  return file.prefix(2) + [0xFF, 0xE1, 0, UInt8(note.count + 2)] + note + file.dropFirst(2)
}
