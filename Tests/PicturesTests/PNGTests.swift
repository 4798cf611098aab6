import Pictures
import TestSupport
import Testing

@Suite("PNG files")
struct PNGTests {
  private static func noise(width: Int, height: Int, channels: Int) -> Picture {
    var random = SplitMix64(seed: 3)
    let pixels = (0..<width * height * channels).map { _ in UInt8.random(in: 0...255, using: &random) }
    return Picture(width: width, height: height, channels: channels, pixels: pixels)
  }

  @Test("give back what was written", arguments: [(1, 1, 1), (7, 3, 3), (200, 101, 3), (500, 300, 1)])
  func roundTrip(width: Int, height: Int, channels: Int) throws {
    let picture = Self.noise(width: width, height: height, channels: channels)
    #expect(try Picture(png: picture.png) == picture)
  }

  @Test("that are cut off, or are none, are refused in a sentence")
  func damage() throws {
    let png = Self.noise(width: 20, height: 20, channels: 3).png
    for length in [0, 7, 30, png.count / 2, png.count - 20] {
      #expect(throws: PictureError.self) { try Picture(png: Array(png.prefix(length))) }
    }
    #expect(throws: PictureError.self) { try Picture(png: Array("no picture at all".utf8)) }
  }

  @Test("with a byte changed anywhere are read or refused, and never crash")
  func mutations() throws {
    var random = SplitMix64(seed: 11)
    let png = Self.noise(width: 9, height: 9, channels: 1).png
    var refused = 0
    for _ in 0..<2000 {
      var bytes = png
      bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      do { _ = try Picture(png: bytes) } catch { refused += 1 }
    }
    #expect(refused > 500)
  }

  @Test("that claim to be larger than any memory are refused with their size")
  func claim() throws {
    var png = Self.noise(width: 9, height: 9, channels: 1).png
    // The header's width and height with a matching checksum: bytes 16 to 32.
    png.replaceSubrange(16..<24, with: [0, 0x0F, 0, 0, 0, 0x0F, 0, 0])
    png.replaceSubrange(29..<33, with: CRC32.of(png[12..<29]))
    let error = #expect(throws: PictureError.self) { try Picture(png: png) }
    #expect(error?.reason.contains("983040×983040") == true || error?.reason.contains("exceeds") == true)
  }

  @Test("with a chunk that claims more bytes than the file has are refused before memory is taken for it")
  func chunk() throws {
    var png = Self.noise(width: 9, height: 9, channels: 1).png
    // After the header, which ends at byte 33: an Exif chunk of 0x5600001A bytes.
    png.insert(contentsOf: [0x56, 0, 0, 0x1A] + Array("eXIf".utf8), at: 33)
    let error = #expect(throws: PictureError.self) { try Picture(png: png) }
    #expect(error?.reason.contains("a chunk claims 1442840602 bytes") == true)
  }
}

/// The CRC-32 of PNG chunks, bit by bit.
private enum CRC32 {
  static func of(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: ~crc >> $0) }
  }
}
