import FileWriting
import Pictures
import TestSupport
import Testing

/// Colours that a palette or a few bits can represent.
private let palette: [UInt8] = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 16, 32, 48]

private func colors(_ indices: [Int]) -> [UInt8] { indices.flatMap { Array(palette[3 * $0..<3 * $0 + 3]) } }

@Suite("GIF files")
struct GIFTests {
  @Test("are read by their palette")
  func pixels() throws {
    let indices = (0..<300).map { $0 % 6 }
    let file = gif(size: (20, 15), palette: palette, indices: indices.map { UInt8($0) })
    let picture = try Picture(file: file)
    #expect(picture == Picture(width: 20, height: 15, channels: 3, pixels: colors(indices)))
  }

  @Test("show white where nothing is: beside the first picture, and where it is transparent")
  func canvas() throws {
    let file = gif(
      size: (2, 1), at: (1, 1), canvas: (4, 3), palette: palette, indices: [0, 5], transparent: 5)
    let picture = try Picture(file: file)
    var expected = [UInt8](repeating: 255, count: 36)
    expected.replaceSubrange(15..<18, with: [255, 0, 0])
    #expect(picture == Picture(width: 4, height: 3, channels: 3, pixels: expected))
  }

  @Test("that are interlaced come in the order of rows")
  func interlaced() throws {
    // Each row has its own colour; the file has rows 0, 8, then 4, then 2, 6, then 1, 3, 5, 7.
    let order = [0, 8, 4, 2, 6, 1, 3, 5, 7]
    let file = gif(
      size: (3, 9), palette: palette, indices: order.flatMap { [UInt8](repeating: UInt8($0 % 6), count: 3) },
      isInterlaced: true)
    let picture = try Picture(file: file)
    #expect(picture.pixels == colors((0..<9).flatMap { [Int](repeating: $0 % 6, count: 3) }))
  }

  @Test("that are cut off are refused in a sentence, and a canvas that no such file has")
  func damage() throws {
    let file = gif(size: (20, 15), palette: palette, indices: (0..<300).map { UInt8($0 % 6) })
    for length in 6..<file.count - 4 {
      let error = #expect(throws: PictureError.self) { try Picture(file: Array(file.prefix(length))) }
      #expect(error?.reason.hasPrefix("is a ") == true)
    }
    let bomb = gif(size: (1, 1), canvas: (60000, 60000), palette: palette, indices: [0])
    let error = #expect(throws: PictureError.self) { try Picture(file: bomb) }
    #expect(error?.reason.contains("60000×60000") == true)
  }

  @Test("with random damage are read or refused, and never crash")
  func mutations() {
    let file = gif(
      size: (20, 15), at: (1, 0), palette: palette, indices: (0..<300).map { UInt8($0 % 6) }, transparent: 1)
    var random = SplitMix64(seed: 5)
    var refused = 0
    for _ in 0..<2000 { do { _ = try Picture(file: random.mutation(of: file)) } catch { refused += 1 } }
    #expect((1..<2000).contains(refused))
  }
}

@Suite("BMP files")
struct BMPTests {
  @Test("of a palette, of 1, 4 and 8 bits", arguments: [1, 4, 8])
  func palettes(bits: Int) throws {
    let indices = [[1, 0, 1, 1, 0], [0, 0, 1, 0, 1]]
    let rows = indices.map { row in
      stride(from: 0, to: row.count, by: 8 / bits).map { start in
        let own = row[start..<min(start + 8 / bits, row.count)].map { bits == 1 ? $0 : 5 * $0 }
        return own.enumerated().reduce(UInt8(0)) { $0 | UInt8($1.element << (8 - bits * ($1.offset + 1))) }
      }
    }
    let used = bits == 1 ? Array(palette.prefix(6)) : palette
    // Rows are bottom-up.
    let picture = try Picture(file: bmp(width: 5, height: 2, bits: bits, palette: used, rows: rows))
    let wanted = (indices[1] + indices[0]).map { bits == 1 ? $0 : 5 * $0 }
    #expect(picture == Picture(width: 5, height: 2, channels: 3, pixels: colors(wanted)))
    let down = try Picture(file: bmp(width: 5, height: -2, bits: bits, palette: used, rows: rows))
    #expect(down.pixels == colors((indices[0] + indices[1]).map { bits == 1 ? $0 : 5 * $0 }))
  }

  @Test("of 16, 24 and 32 bits, with masks and without, and of OS/2")
  func direct() throws {
    let wanted: [UInt8] = [255, 0, 0, 0, 255, 0, 8, 16, 255]
    func check(_ file: [UInt8], within distance: Int = 0) throws {
      let picture = try Picture(file: file)
      #expect((picture.width, picture.height, picture.channels) == (3, 1, 3))
      for (found, wanted) in zip(picture.pixels, wanted) {
        #expect(abs(Int(found) - Int(wanted)) <= distance)
      }
    }
    try check(bmp(width: 3, height: 1, bits: 24, rows: [[0, 0, 255, 0, 255, 0, 255, 16, 8]]))
    try check(bmp(width: 3, height: 1, bits: 32, rows: [[0, 0, 255, 0, 0, 255, 0, 0, 255, 16, 8, 0]]))
    // Five bits each: 31 is 255, 1 is 8, 2 is 16.
    let short = littleEndian([31 << 10, 31 << 5, 1 << 10 | 2 << 5 | 31], size: 2)
    try check(bmp(width: 3, height: 1, bits: 16, rows: [short]), within: 1)
    let masked = littleEndian([31 << 11, 63 << 5, 1 << 11 | 4 << 5 | 31], size: 2)
    try check(
      bmp(width: 3, height: 1, bits: 16, masks: [31 << 11, 63 << 5, 31, 0], rows: [masked]), within: 1)
    let swapped = littleEndian([0xFF, 0xFF00, 0xFF_1008], size: 4)
    try check(
      bmp(width: 3, height: 1, bits: 32, masks: [0xFF, 0xFF00, 0xFF_0000, 0xFF00_0000], rows: [swapped]))
    let old = oldBMP(width: 3, height: 1, palette: wanted, rows: [[0, 1, 2]])
    try check(old)
  }

  @Test("with alpha are shown on white, unless all of it is left at nothing")
  func alpha() throws {
    let masks = [0xFF_0000, 0xFF00, 0xFF, 0xFF00_0000]
    let file = bmp(width: 2, height: 1, bits: 32, masks: masks, rows: [[1, 2, 3, 255, 1, 2, 3, 0]])
    #expect(try Picture(file: file).pixels == [3, 2, 1, 255, 255, 255])
    let blank = bmp(width: 2, height: 1, bits: 32, masks: masks, rows: [[1, 2, 3, 0, 1, 2, 3, 0]])
    #expect(try Picture(file: blank).pixels == [3, 2, 1, 3, 2, 1])
  }

  @Test("that are cut off, packed, or claim too much are refused in a sentence")
  func refusals() throws {
    let file = bmp(
      width: 4, height: 3, bits: 24, rows: [[UInt8]](repeating: [UInt8](repeating: 9, count: 12), count: 3))
    for length in 18..<file.count {
      #expect(throws: PictureError.self) { try Picture(file: Array(file.prefix(length))) }
    }
    var packed = file
    packed[30] = 1
    let error = #expect(throws: PictureError.self) { try Picture(file: packed) }
    #expect(error?.reason.contains("compressed BMP") == true)
    var large = file
    large.replaceSubrange(18..<26, with: littleEndian([0x7FFF_FFFF, 0x7FFF_FFFF], size: 4))
    #expect(throws: PictureError.self) { try Picture(file: large) }
  }

  @Test("with random damage are read or refused, and never crash", arguments: [8, 16, 32])
  func mutations(bits: Int) {
    let file = bmp(
      width: 8, height: 8, bits: bits, palette: bits == 8 ? palette : [],
      masks: bits == 32 ? [0xFF_0000, 0xFF00, 0xFF, 0xFF00_0000] : [],
      rows: [[UInt8]](repeating: [UInt8](repeating: 3, count: bits), count: 8))
    var random = SplitMix64(seed: UInt64(bits))
    var refused = 0
    for _ in 0..<2000 { do { _ = try Picture(file: random.mutation(of: file)) } catch { refused += 1 } }
    #expect((1..<2000).contains(refused))
  }
}

@Suite("WebP files")
struct WebPTests {
  private static func rgba(_ width: Int, _ height: Int, alpha: UInt8 = 255) -> [UInt8] {
    var pixels: [UInt8] = []
    for row in 0..<height {
      for column in 0..<width {
        pixels += [UInt8(column * 200 / width), UInt8(row * 200 / height), 90, alpha]
      }
    }
    return pixels
  }

  private static func rgb(_ rgba: [UInt8]) -> [UInt8] {
    stride(from: 0, to: rgba.count, by: 4).flatMap { Array(rgba[$0..<$0 + 3]) }
  }

  @Test("are read, with loss and without")
  func pixels() throws {
    let pixels = Self.rgba(33, 20)
    let exact = try Picture(file: webP(width: 33, height: 20, rgba: pixels, isLossless: true))
    #expect(exact == Picture(width: 33, height: 20, channels: 3, pixels: Self.rgb(pixels)))
    let lossy = try Picture(file: webP(width: 33, height: 20, rgba: pixels, isLossless: false))
    let distance = zip(lossy.pixels, Self.rgb(pixels)).map { abs(Int($0) - Int($1)) }.max()
    // The chroma is subsampled by two.
    #expect(try #require(distance) <= 16)
  }

  @Test("are shown on white where they are transparent")
  func alpha() throws {
    let file = webP(width: 2, height: 1, rgba: [9, 8, 7, 255, 9, 8, 7, 0], isLossless: true)
    #expect(try Picture(file: file).pixels == [9, 8, 7, 255, 255, 255])
  }

  @Test("that are animated show their first picture in its place")
  func animated() throws {
    let frame = webP(width: 2, height: 1, rgba: [9, 8, 7, 255, 1, 2, 3, 255], isLossless: true)
    let picture = try Picture(file: animatedWebP(canvas: (4, 4), at: (2, 2), frame: frame, size: (2, 1)))
    var expected = [UInt8](repeating: 255, count: 48)
    expected.replaceSubrange(30..<36, with: [9, 8, 7, 1, 2, 3])
    #expect(picture == Picture(width: 4, height: 4, channels: 3, pixels: expected))
  }

  @Test("are turned as the camera says")
  func orientation() throws {
    let plain = webP(width: 3, height: 1, rgba: [1, 1, 1, 255, 2, 2, 2, 255, 3, 3, 3, 255], isLossless: true)
    let file = webP(plain, canvas: (3, 1), exif: exifTIFF(orientation: 6))
    let picture = try Picture(file: file)
    #expect((picture.width, picture.height) == (1, 3))
    #expect(picture.pixels == [1, 1, 1, 2, 2, 2, 3, 3, 3])
  }

  @Test("that are cut off, or of more pixels than are read, are refused in a sentence")
  func damage() throws {
    let file = webP(width: 33, height: 20, rgba: Self.rgba(33, 20), isLossless: true)
    for length in stride(from: 12, to: file.count - 2, by: 3) {
      let error = #expect(throws: PictureError.self) { try Picture(file: Array(file.prefix(length))) }
      #expect(error?.reason.contains("WebP") == true)
    }
    // The header of the lossless codec: width − 1 and height − 1 in 14 bits each.
    var bomb = file
    let start = try #require(bomb.firstIndex(of: 0x2F))
    bomb.replaceSubrange(start + 1..<start + 5, with: [0xFF, 0xFF, 0xFF, 0x0F])
    let error = #expect(throws: PictureError.self) { try Picture(file: bomb) }
    #expect(error?.reason.contains("16384×16384") == true)
  }

  @Test("with random damage are read or refused, and never crash", arguments: [false, true])
  func mutations(isLossless: Bool) {
    let file = webP(width: 33, height: 20, rgba: Self.rgba(33, 20, alpha: 100), isLossless: isLossless)
    var random = SplitMix64(seed: 1)
    var refused = 0
    for _ in 0..<1000 { do { _ = try Picture(file: random.mutation(of: file)) } catch { refused += 1 } }
    #expect((1..<1000).contains(refused))
  }
}

@Suite("The format of a picture")
struct PictureFormatTests {
  static let heads: [(PictureFormat?, [UInt8])] = [
    (.tiff, [0x49, 0x49, 42, 0, 8, 0, 0, 0]), (.tiff, [0x4D, 0x4D, 0, 42, 0, 0, 0, 8]),
    (.cameraRaw, [0x49, 0x49, 42, 0, 16, 0, 0, 0, 0x43, 0x52]),
    (.heic, [0, 0, 0, 24] + Array("ftypheic".utf8) + [0, 0, 0, 0] + Array("mif1heic".utf8)),
    (.heic, [0, 0, 0, 24] + Array("ftypmif1".utf8) + [0, 0, 0, 0] + Array("mif1heic".utf8)),
    (.avif, [0, 0, 0, 24] + Array("ftypmif1".utf8) + [0, 0, 0, 0] + Array("mif1avif".utf8)),
    (.svg, Array("<?xml version=\"1.0\"?>\n<!-- a -->\n<svg width=\"3\">".utf8)),
    (.svg, Array("<svg/>".utf8)),
    (.photoshop, Array("8BPS".utf8) + [0, 1]), (.jpegXL, [0xFF, 0x0A, 1]),
    (.jpeg2000, [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20]), (.netpbm, Array("P6\n2 2\n255\n".utf8)),
    (.icon, [0, 0, 1, 0, 1, 0, 16, 16, 0, 0]), (.qoi, Array("qoif".utf8)),
    (nil, Array("BM is the beginning of a text".utf8)), (nil, Array("<html>".utf8)), (nil, []),
    (nil, [0xFF, 0xD8]),
    (nil, [0, 0, 0, 24] + Array("ftypisom".utf8) + [0, 0, 0, 0] + Array("isommp42".utf8)),
  ]

  @Test("is told by its first bytes", arguments: heads.indices)
  func known(number: Int) {
    let (format, head) = Self.heads[number]
    #expect(PictureFormat(head: head) == format)
  }

  @Test("is named where it is not read")
  func refusal() {
    let error = #expect(throws: PictureError.self) { try Picture(file: [0x49, 0x49, 42, 0, 8, 0, 0, 0]) }
    #expect(error?.reason == "is a picture in the format TIFF, which is not read: make it PNG or JPEG")
  }
}
