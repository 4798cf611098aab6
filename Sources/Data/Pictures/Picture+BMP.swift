import CPictures

extension Picture {
  /// Reads an uncompressed Windows or OS/2 bitmap: 1, 4 or 8 bits with a palette, or 16, 24 or 32 bits.
  ///
  /// - Throws: `PictureError` for other formats, run-length encoding, and truncated files.
  /// - SeeAlso: Microsoft, "Bitmap Header Types" and "BITMAPINFOHEADER structure".
  init(bmp bytes: [UInt8], fitting target: (width: Int, height: Int)?) throws(PictureError) {
    let header = try BitmapHeader(bytes)
    let factor = try Self.factor(width: header.width, height: header.height, fitting: target)
    let isTransparent = header.alpha.map { bytes.hasAlpha($0, header) } ?? false
    try self.init(
      rowsOf: header.width, header.height, channels: 3, factor: factor, inOrder: true
    ) { rows in
      var line = [UInt8](repeating: 0, count: 3 * header.width)
      for row in 0..<header.height {
        header.decode(row: row, of: bytes, isTransparent: isTransparent, into: &line)
        let place = header.isTopDown ? row : header.height - 1 - row
        lemnos_rows_add(&rows, Int64(place), 0, 1, Int64(header.width), line)
      }
    }
  }
}

/// A contiguous bit field of a pixel.
private struct BitField {
  let mask: UInt32

  /// The field scaled to 0...255.
  func value(of pixel: UInt32) -> UInt8 {
    guard mask != 0 else { return 0 }
    let shift = UInt32(mask.trailingZeroBitCount)
    let (bits, most) = (UInt64((pixel & mask) >> shift), UInt64(mask >> shift))
    return UInt8((bits * 255 + most / 2) / most)
  }

  /// True if the bits are contiguous.
  var isWhole: Bool {
    let bits = mask == 0 ? 0 : mask >> UInt32(mask.trailingZeroBitCount)
    return bits & (bits &+ 1) == 0
  }
}

/// The header before the pixels.
private struct BitmapHeader {
  let width: Int
  let height: Int
  let isTopDown: Bool
  let bits: Int
  /// `[colours, 3]`: red, green, blue.
  let palette: [UInt8]
  let fields: [BitField]
  let alpha: BitField?
  let firstPixel: Int
  /// Bytes per row: a multiple of four.
  let stride: Int

  init(_ bytes: [UInt8]) throws(PictureError) {
    func number(_ offset: Int, _ count: Int) throws(PictureError) -> Int {
      guard offset + count <= bytes.count else { throw BitmapHeader.damaged("it ends within its header") }
      return bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    let size = try number(14, 4)
    guard size >= 12 else { throw BitmapHeader.damaged("its header has \(size) bytes") }
    let isOld = size == 12
    // Signed: a negative height means that the top row comes first.
    width = isOld ? try number(18, 2) : Int(Int32(truncatingIfNeeded: try number(18, 4)))
    let signedHeight = isOld ? try number(20, 2) : Int(Int32(truncatingIfNeeded: try number(22, 4)))
    isTopDown = signedHeight < 0
    height = abs(signedHeight)
    bits = try number(isOld ? 24 : 28, 2)
    guard width > 0, height > 0 else { throw BitmapHeader.damaged("its size is \(width)×\(signedHeight)") }
    guard [1, 4, 8, 16, 24, 32].contains(bits) else {
      throw BitmapHeader.damaged("its pixels have \(bits) bits")
    }
    let compression = isOld ? 0 : try number(30, 4)
    let hasMasks = (compression == 3 || compression == 6) && (bits == 16 || bits == 32)
    guard compression == 0 || hasMasks else {
      throw PictureError(
        reason: "is a compressed BMP file (method \(compression)), which is not read: make it PNG or JPEG")
    }
    var masks = bits == 16 ? [0x7C00, 0x03E0, 0x001F] : [0xFF_0000, 0xFF00, 0xFF]
    var alphaMask = 0
    if hasMasks {
      masks = try [54, 58, 62].map { (offset) throws(PictureError) in try number(offset, 4) }
      if compression == 6 || size >= 56 { alphaMask = try number(66, 4) }
    }
    fields = masks.map { BitField(mask: UInt32($0)) }
    alpha = alphaMask == 0 ? nil : BitField(mask: UInt32(alphaMask))
    guard (fields + [alpha].compactMap(\.self)).allSatisfy(\.isWhole) else {
      throw BitmapHeader.damaged("its colours are of bits that do not lie side by side")
    }

    let afterHeader = 14 + size + (size == 40 && hasMasks ? (compression == 6 ? 16 : 12) : 0)
    var palette: [UInt8] = []
    if bits <= 8 {
      let said = isOld ? 0 : try number(46, 4)
      let count = said == 0 ? 1 << bits : min(said, 1 << bits)
      let entry = isOld ? 3 : 4
      for color in 0..<count {
        let start = afterHeader + color * entry
        // A palette shorter than declared ends where the pixels begin.
        guard start + 3 <= bytes.count else { throw BitmapHeader.damaged("it ends within its palette") }
        palette += [bytes[start + 2], bytes[start + 1], bytes[start]]
      }
    }
    self.palette = palette
    firstPixel = try number(10, 4)
    stride = (width * bits + 31) / 32 * 4
    // Both have 32 bits, so their product times four bytes may overflow.
    let (byteCount, overflow) = stride.multipliedReportingOverflow(by: height)
    guard firstPixel >= 14 + size, firstPixel <= bytes.count, !overflow, byteCount <= bytes.count - firstPixel
    else {
      throw BitmapHeader.damaged(
        "\(width)×\(height) pixels of \(bits) bits are more than the \(bytes.count) bytes of the file have")
    }
  }

  private static func damaged(_ reason: String) -> PictureError {
    PictureError(reason: "is a damaged BMP file: \(reason)")
  }

  /// Decodes one row in file order to red, green and blue.
  func decode(row: Int, of bytes: [UInt8], isTransparent: Bool, into line: inout [UInt8]) {
    let start = firstPixel + row * stride
    bytes.withUnsafeBufferPointer { bytes in
      line.withUnsafeMutableBufferPointer { line in
        for column in 0..<width {
          switch bits {
          case 24:
            let place = start + 3 * column
            for channel in 0..<3 { line[3 * column + channel] = bytes[place + 2 - channel] }
          case 16, 32:
            let pixel = pixel(column, of: bytes, from: start)
            let alpha = isTransparent ? self.alpha?.value(of: pixel) ?? 255 : 255
            for channel in 0..<3 {
              line[3 * column + channel] = Picture.onWhite(fields[channel].value(of: pixel), alpha: alpha)
            }
          default:
            let perByte = 8 / bits
            let byte = Int(bytes[start + column / perByte])
            let index = byte >> (bits * (perByte - 1 - column % perByte)) & (1 << bits - 1)
            for channel in 0..<3 {
              let place = 3 * index + channel
              line[3 * column + channel] = place < palette.count ? palette[place] : 0
            }
          }
        }
      }
    }
  }

  fileprivate func pixel(_ column: Int, of bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> UInt32 {
    let size = bits / 8
    let place = start + size * column
    return (0..<size).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
  }
}

extension [UInt8] {
  /// True if any pixel is not fully transparent: programs that ignore alpha write zeros there.
  fileprivate func hasAlpha(_ alpha: BitField, _ header: BitmapHeader) -> Bool {
    withUnsafeBufferPointer { bytes in
      (0..<header.height).contains { row in
        (0..<header.width).contains { column in
          alpha.value(of: header.pixel(column, of: bytes, from: header.firstPixel + row * header.stride)) != 0
        }
      }
    }
  }
}
