/// A Windows bitmap.
///
/// - Parameters:
/// - height: negative if the top row comes first.
///   - palette: red, green, blue for each colour.
/// - masks: the bit masks of red, green, blue and alpha, for 16 and 32 bits.
/// - rows: the bytes of each row, without the padding to multiples of four.
public func bmp(
  width: Int, height: Int, bits: Int, palette: [UInt8] = [], masks: [Int] = [], rows: [[UInt8]]
) -> [UInt8] {
  func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  // The version 4 header contains the masks, and fields that readers ignore.
  let headerSize = masks.isEmpty ? 40 : 108
  var colors: [UInt8] = []
  for start in stride(from: 0, to: palette.count, by: 3) {
    colors += [palette[start + 2], palette[start + 1], palette[start], 0]
  }
  let pixels = rows.flatMap { $0 + [UInt8](repeating: 0, count: (4 - $0.count % 4) % 4) }
  let start = 14 + headerSize + colors.count
  var header = number(headerSize, 4) + number(width, 4) + number(height, 4)
  header += number(1, 2) + number(bits, 2) + number(masks.isEmpty ? 0 : 3, 4)
  header += number(pixels.count, 4) + number(2835, 4) + number(2835, 4)
  header += number(palette.count / 3, 4) + number(0, 4)
  for mask in masks { header += number(mask, 4) }
  header += [UInt8](repeating: 0, count: headerSize - header.count)
  var file = Array("BM".utf8) + number(start + pixels.count, 4)
  file += number(0, 4) + number(start, 4)
  return file + header + colors + pixels
}

/// The same with the 12-byte OS/2 header and a palette of three bytes per colour.
public func oldBMP(width: Int, height: Int, palette: [UInt8], rows: [[UInt8]]) -> [UInt8] {
  func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  let colors = palette + [UInt8](repeating: 0, count: 768 - palette.count)
  var swapped: [UInt8] = []
  for start in stride(from: 0, to: 768, by: 3) {
    swapped += [colors[start + 2], colors[start + 1], colors[start]]
  }
  let pixels = rows.flatMap { $0 + [UInt8](repeating: 0, count: (4 - $0.count % 4) % 4) }
  var file = Array("BM".utf8) + number(26 + 768 + pixels.count, 4)
  file += number(0, 4) + number(26 + 768, 4) + number(12, 4)
  file += number(width, 2) + number(height, 2) + number(1, 2) + number(8, 2)
  return file + swapped + pixels
}
