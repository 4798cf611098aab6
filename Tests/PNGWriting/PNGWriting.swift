import CZlib

/// A big-endian 32-bit integer.
private func word(_ number: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(number >> $0 & 0xFF) } }

/// The checksum of a chunk's name and content.
package func pngChecksum(_ bytes: [UInt8]) -> [UInt8] { word(Int(crc32(0, bytes, UInt32(bytes.count)))) }

package func pngChunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
  let body = Array(name.utf8) + content
  return word(content.count) + body + pngChecksum(body)
}

/// A PNG file as other programs write it, chunk by chunk.
///
/// - Parameters:
///   - color: the type: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha.
/// - height: nil for the number of rows; an interlaced file has the rows of seven passes.
///   - rows: the bytes of each row.
///   - others: chunks between the header and the pixels.
package func png(
  width: Int, height: Int? = nil, depth: UInt8, color: UInt8, rows: [[UInt8]], others: [UInt8] = [],
  isInterlaced: Bool = false
) -> [UInt8] {
  let pixels: [UInt8] = rows.flatMap { row in [UInt8(0)] + row }
  var packed = [UInt8](repeating: 0, count: pixels.count + 100)
  var count = UInt(packed.count)
  compress(&packed, &count, pixels, UInt(pixels.count))
  return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    + pngChunk("IHDR", word(width) + word(height ?? rows.count) + [depth, color, 0, 0, isInterlaced ? 1 : 0])
    + others
    + pngChunk("IDAT", Array(packed.prefix(Int(count)))) + pngChunk("IEND", [])
}
