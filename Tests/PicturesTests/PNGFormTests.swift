import Pictures
import PNGWriting
import Testing

/// PNG files as other programs write them, chunk by chunk.
@Suite("PNG files of every form")
struct PNGFormTests {
  @Test("grey of one bit")
  func oneBit() throws {
    let picture = try Picture(file: png(width: 4, depth: 1, color: 0, rows: [[0b1010_0000]]))
    #expect(picture == Picture(width: 4, height: 1, channels: 1, pixels: [255, 0, 255, 0]))
  }

  @Test("a palette, with a colour that is transparent and so white")
  func palette() throws {
    let others = pngChunk("PLTE", [200, 10, 20, 0, 0, 255, 9, 9, 9]) + pngChunk("tRNS", [255, 255, 0])
    let file = png(width: 3, depth: 8, color: 3, rows: [[0, 1, 2]], others: others)
    #expect(try Picture(file: file).pixels == [200, 10, 20, 0, 0, 255, 255, 255, 255])
  }

  @Test("grey and RGB with alpha, on white")
  func alpha() throws {
    let gray = png(width: 2, depth: 8, color: 4, rows: [[7, 255, 7, 0]])
    #expect(try Picture(file: gray) == Picture(width: 2, height: 1, channels: 1, pixels: [7, 255]))
    let colors = png(width: 2, depth: 8, color: 6, rows: [[1, 2, 3, 255, 1, 2, 3, 0]])
    #expect(try Picture(file: colors).pixels == [1, 2, 3, 255, 255, 255])
  }

  @Test("sixteen bits a channel")
  func sixteenBits() throws {
    let file = png(
      width: 2, depth: 16, color: 2, rows: [[0xFF, 0xFF, 0x80, 0x80, 0, 0, 0x40, 0x40, 0, 0, 0x10, 0x10]])
    let picture = try Picture(file: file)
    for (found, wanted) in zip(picture.pixels, [255, 128, 0, 64, 0, 16]) {
      #expect(abs(Int(found) - wanted) <= 1)  // libpng converts with tables
    }
  }
}
