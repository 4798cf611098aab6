import FileWriting
import Pictures
import PNGWriting
import TestSupport
import Testing

/// Pictures too large to decode at full size: downscaled while decoding.
@Suite("Large pictures", .serialized)
struct LargePictureTests {
  /// 71 megapixels: grey levels in four bands from left to right.
  private static let (width, height) = (10_000, 7_100)
  private static let levels: [UInt8] = [0, 85, 170, 255]

  private static func isBanded(_ picture: Picture, within distance: Int) -> Bool {
    let (w, h, c) = (picture.width, picture.height, picture.channels)
    return (0..<4).allSatisfy { band in
      (0..<h).allSatisfy { row in
        // The middle of a band; band edges are blurred.
        let place = (row * w + (2 * band + 1) * w / 8) * c
        return (0..<c).allSatisfy { abs(Int(picture.pixels[place + $0]) - Int(levels[band])) <= distance }
      }
    }
  }

  @Test("in PNG, interlaced or not", arguments: [false, true])
  func png(isInterlaced: Bool) throws {
    // Two bits per pixel, so that a row is short.
    func row(from first: Int, step: Int) -> [UInt8] {
      var bytes: [UInt8] = []
      var (bits, count): (UInt8, Int) = (0, 0)
      for column in stride(from: first, to: Self.width, by: step) {
        bits = bits << 2 | UInt8(column * 4 / Self.width)
        count += 1
        if count == 4 {
          bytes.append(bits)
          (bits, count) = (0, 0)
        }
      }
      if count > 0 { bytes.append(bits << UInt8(2 * (4 - count))) }
      return bytes
    }
    var rows: [[UInt8]] = []
    if isInterlaced {
      for (left, top, across, down) in [
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
      ] {
        let own = row(from: left, step: across)
        for _ in stride(from: top, to: Self.height, by: down) { rows.append(own) }
      }
    } else {
      rows = [[UInt8]](repeating: row(from: 0, step: 1), count: Self.height)
    }
    let file = PNGWriting.png(
      width: Self.width, height: Self.height, depth: 2, color: 0, rows: rows, isInterlaced: isInterlaced)
    let picture = try Picture(file: file, fitting: (64, 64))
    // Downscaled by 7100 / 128, rounded down.
    #expect((picture.width, picture.height, picture.channels) == (Self.width / 55, Self.height / 55, 1))
    #expect(Self.isBanded(picture, within: 0))
    #expect(picture.fitted(width: 64, height: 64).width == 64)
    #expect(throws: PictureError.self) { try Picture(file: file) }
    #expect(throws: PictureError.self) {
      try Picture(file: Array(file.prefix(file.count * 9 / 10)), fitting: (64, 64))
    }
  }

  @Test("in JPEG, turned too")
  func jpeg() throws {
    let line = (0..<Self.width).map { Self.levels[$0 * 4 / Self.width] }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(Self.width * Self.height)
    for _ in 0..<Self.height { pixels += line }
    let file = jpegFile(pixels, width: Self.width, height: Self.height, channels: 1)
    let picture = try Picture(file: file, fitting: (64, 64))
    #expect((picture.width, picture.height) == (1250, 888))
    #expect(Self.isBanded(picture, within: 2))
    let half = try Picture(file: file, fitting: (1500, 1500))
    #expect((half.width, half.height) == (5000, 3550))
    let note = Array("Exif".utf8) + [0, 0] + exifTIFF(orientation: 6, isLong: true)
    let turned = file.prefix(2) + [0xFF, 0xE1, 0, UInt8(note.count + 2)] + note + file.dropFirst(2)
    #expect(try Picture(file: Array(turned), fitting: (64, 64)).width == 888)
  }

  @Test("in GIF and BMP")
  func others() throws {
    let (width, height) = (8_200, 8_200)
    // 1-bit bitmaps: alternating white and black rows average to grey.
    let black = [UInt8](repeating: 0, count: (width + 7) / 8),
      white = [UInt8](repeating: 255, count: (width + 7) / 8)
    let bitmap = bmp(
      width: width, height: height, bits: 1, palette: [0, 0, 0, 255, 255, 255],
      rows: (0..<height).map { $0 % 2 == 0 ? black : white })
    let grey = try Picture(file: bitmap, fitting: (100, 100))
    #expect(grey.width == width / 41 && grey.pixels.allSatisfy { (120...135).contains($0) })
    // A small image on a large canvas; a comment extension supplies the bytes that such a canvas requires.
    let comment: [UInt8] =
      [0x21, 0xFE] + (0..<100).flatMap { _ in [255] + [UInt8](repeating: 32, count: 255) } + [0]
    let small = gif(
      size: (4100, 4), at: (0, 4096), canvas: (width, height), palette: [0, 0, 0],
      indices: [UInt8](repeating: 0, count: 4100 * 4))
    let file = Array(small.prefix(13 + 768)) + comment + small.dropFirst(13 + 768)
    let canvas = try Picture(file: file, fitting: (1024, 1024))
    #expect(canvas.width == 2050)
    #expect(canvas.pixels[(1024 * 2050 + 5) * 3] == 0 && canvas.pixels[(1024 * 2050 + 1500) * 3] == 255)
    #expect(canvas.pixels[(1023 * 2050 + 5) * 3] == 255)
  }

  @Test(
    "are read up to 200 megapixels, and headers that claim more than a file can hold are refused before memory is taken"
  )
  func limits() throws {
    func header(_ width: Int, _ height: Int, filler: Int) -> [UInt8] {
      let file = PNGWriting.png(width: width, height: height, depth: 1, color: 0, rows: [[0]])
      return file + [UInt8](repeating: 0, count: filler)
    }
    let tooLarge = #expect(throws: PictureError.self) {
      try Picture(file: header(20_001, 10_000, filler: 1 << 20), fitting: (9, 9))
    }
    #expect(tooLarge?.reason == "is a picture of 20001×10000, more than the 200000000 pixels that are read")
    let claim = #expect(throws: PictureError.self) {
      try Picture(file: header(20_000, 10_000, filler: 0), fitting: (9, 9))
    }
    #expect(claim?.reason.contains("cannot hold") == true)
    let cut = #expect(throws: PictureError.self) {
      try Picture(file: header(20_000, 10_000, filler: 1 << 20), fitting: (9, 9))
    }
    #expect(cut?.reason.contains("damaged PNG") == true)
  }

  @Test("in PNG follow the camera's note, in a short number and in a long one", arguments: [false, true])
  func orientation(isLong: Bool) throws {
    let file = PNGWriting.png(
      width: 3, depth: 8, color: 0, rows: [[1, 2, 3]],
      others: pngChunk("eXIf", exifTIFF(orientation: 8, isLong: isLong)))
    #expect(try Picture(file: file) == Picture(width: 1, height: 3, channels: 1, pixels: [3, 2, 1]))
    // An orientation after the pixels is applied as well.
    let plain = PNGWriting.png(width: 3, depth: 8, color: 0, rows: [[1, 2, 3]])
    let late =
      plain.dropLast(12) + pngChunk("eXIf", exifTIFF(orientation: 3, isLong: isLong)) + plain.suffix(12)
    #expect(try Picture(file: Array(late)).pixels == [3, 2, 1])
  }
}
