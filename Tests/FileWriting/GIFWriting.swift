/// A GIF file of one image, as other programs write it.
///
/// All LZW codes have nine bits: the table is cleared before it needs ten.
///
/// - Parameters:
/// - size: the size of the image.
/// - canvas: the size of the logical screen; nil for the image's.
///   - palette: `[256, 3]` at most.
/// - indices: `[height, width]`, in file order.
public func gif(
  size: (width: Int, height: Int), at place: (left: Int, top: Int) = (0, 0),
  canvas: (width: Int, height: Int)? = nil, palette: [UInt8], indices: [UInt8], transparent: UInt8? = nil,
  isInterlaced: Bool = false
) -> [UInt8] {
  func number(_ value: Int) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8)] }
  let canvas = canvas ?? size
  let colors = palette + [UInt8](repeating: 0, count: 768 - palette.count)
  var file = Array("GIF89a".utf8) + number(canvas.width) + number(canvas.height) + [0xF7, 0, 0] + colors
  // A comment extension, which readers skip.
  file += [0x21, 0xFE, 2, 0x48, 0x69, 0]
  if let transparent { file += [0x21, 0xF9, 4, 1, 0, 0, transparent, 0] }
  file += [0x2C] + number(place.left) + number(place.top) + number(size.width) + number(size.height)
  file += [isInterlaced ? 0x40 : 0, 8]
  var codes = [256]
  for (position, index) in indices.enumerated() {
    if position > 0, position % 200 == 0 { codes.append(256) }
    codes.append(Int(index))
  }
  codes.append(257)
  var (bits, count, bytes) = (0, 0, [UInt8]())
  for code in codes {
    bits |= code << count
    count += 9
    while count >= 8 {
      bytes.append(UInt8(bits & 0xFF))
      bits >>= 8
      count -= 8
    }
  }
  if count > 0 { bytes.append(UInt8(bits & 0xFF)) }
  for start in stride(from: 0, to: bytes.count, by: 255) {
    let block = bytes[start..<min(start + 255, bytes.count)]
    file += [UInt8(block.count)] + block
  }
  return file + [0, 0x3B]
}
