import CZlib
import Pictures
import Testing

/// PNG files as other programs write them, chunk by chunk.
@Suite("PNG files of every form")
struct PNGFormTests {
  private static func word(_ number: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(number >> $0 & 0xFF) } }

  private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + content
    return word(content.count) + body + word(Int(crc32(0, body, UInt32(body.count))))
  }

  /// - Parameters:
  ///   - color: the type: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha.
  ///   - rows: the bytes of each row.
  ///   - others: chunks between the header and the pixels.
  private static func png(
    width: Int, depth: UInt8, color: UInt8, rows: [[UInt8]], others: [UInt8] = []
  ) -> [UInt8] {
    let pixels: [UInt8] = rows.flatMap { row in [UInt8(0)] + row }
    var packed = [UInt8](repeating: 0, count: pixels.count + 100)
    var count = UInt(packed.count)
    compress(&packed, &count, pixels, UInt(pixels.count))
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", word(width) + word(rows.count) + [depth, color, 0, 0, 0]) + others
      + chunk("IDAT", Array(packed.prefix(Int(count)))) + chunk("IEND", [])
  }

  @Test("grey of one bit")
  func oneBit() throws {
    let picture = try Picture(file: Self.png(width: 4, depth: 1, color: 0, rows: [[0b1010_0000]]))
    #expect(picture == Picture(width: 4, height: 1, channels: 1, pixels: [255, 0, 255, 0]))
  }

  @Test("a palette, with a colour that is transparent and so white")
  func palette() throws {
    let others = Self.chunk("PLTE", [200, 10, 20, 0, 0, 255, 9, 9, 9]) + Self.chunk("tRNS", [255, 255, 0])
    let file = Self.png(width: 3, depth: 8, color: 3, rows: [[0, 1, 2]], others: others)
    #expect(try Picture(file: file).pixels == [200, 10, 20, 0, 0, 255, 255, 255, 255])
  }

  @Test("grey and RGB with alpha, on white")
  func alpha() throws {
    let gray = Self.png(width: 2, depth: 8, color: 4, rows: [[7, 255, 7, 0]])
    #expect(try Picture(file: gray) == Picture(width: 2, height: 1, channels: 1, pixels: [7, 255]))
    let colors = Self.png(width: 2, depth: 8, color: 6, rows: [[1, 2, 3, 255, 1, 2, 3, 0]])
    #expect(try Picture(file: colors).pixels == [1, 2, 3, 255, 255, 255])
  }

  @Test("sixteen bits a channel")
  func sixteenBits() throws {
    let file = Self.png(
      width: 2, depth: 16, color: 2, rows: [[0xFF, 0xFF, 0x80, 0x80, 0, 0, 0x40, 0x40, 0, 0, 0x10, 0x10]])
    let picture = try Picture(file: file)
    for (found, wanted) in zip(picture.pixels, [255, 128, 0, 64, 0, 16]) {
      #expect(abs(Int(found) - wanted) <= 1)  // libpng converts by tables
    }
  }
}
