import CPictures

extension Picture {
  /// Reads a picture file in a supported format (`PictureFormat.isRead`), identified by its first bytes.
  ///
  /// Transparency is composited on white; of an animation the first frame is read.
  ///
  /// - Parameter target: the size the picture will be fitted to. A picture of more than `mostWholePixels`
  ///   is downscaled during decoding, by an integer factor, but not below twice the target; without a target
  ///   it is refused.
  /// - Throws: `PictureError` for other or damaged files, and for more than `mostPixels`.
  public init(file bytes: [UInt8], fitting target: (width: Int, height: Int)? = nil) throws(PictureError) {
    let format = PictureFormat(head: bytes)
    switch format {
    case .png: try self.init(png: bytes, fitting: target)
    case .jpeg: try self.init(jpeg: bytes, fitting: target)
    case .gif: try self.init(gif: bytes, fitting: target)
    case .bmp: try self.init(bmp: bytes, fitting: target)
    case .webP: try self.init(webP: bytes, fitting: target)
    case let other?:
      throw PictureError(
        reason: "is a picture in the format \(other.rawValue), which is not read: make it PNG or JPEG")
    case nil:
      throw PictureError(reason: bytes.isEmpty ? "is empty" : "is no \(PictureFormat.readNames) file")
    }
  }

  /// The maximum pixels of a picture: a header may declare what no memory holds.
  public static let mostPixels = 200_000_000

  /// The maximum pixels of a picture decoded at full size, such as 8192×8192.
  public static let mostWholePixels = 1 << 26

  /// The integer downscaling factor during decoding.
  ///
  /// - Throws: `PictureError` for a picture that is too large.
  static func factor(
    width: Int, height: Int, fitting target: (width: Int, height: Int)?
  ) throws(PictureError) -> Int {
    // Both have 32 bits, so this fits.
    let pixels = width * height
    guard pixels > mostWholePixels else { return 1 }
    let most = target == nil ? mostWholePixels : mostPixels
    guard pixels <= most else {
      throw PictureError(
        reason: "is a picture of \(width)×\(height), more than the \(most) pixels that are read")
    }
    let side = max(target?.width ?? 1, target?.height ?? 1)
    // Of 200 megapixels a quarter fits at full size. A sum over 1024² bytes fits into 32 bits.
    return min(max(2, min(width, height) / (2 * side)), 1024)
  }

  /// Throws for a header that declares more pixels than the file can encode, before memory is allocated for
  /// it.
  ///
  /// - Parameter most: the maximum number of pixels that a byte of the format can encode.
  static func checkPlausible(width: Int, height: Int, bytes: Int, most: Int) throws(PictureError) {
    guard width * height / most > bytes else { return }
    throw PictureError(
      reason:
        "says that it is a picture of \(width)×\(height), which \(bytes) bytes cannot hold: it is damaged")
  }
}

extension Picture {
  /// Assembles a picture from rows that `read` delivers, at full size or downscaled.
  ///
  /// - Parameter inOrder: true if rows arrive consecutively, upwards or downwards.
  init(
    rowsOf width: Int, _ height: Int, channels: Int, factor: Int, inOrder: Bool,
    background: UInt8 = 0, _ read: (inout lemnos_rows) throws(PictureError) -> Void
  ) throws(PictureError) {
    // The result has at least one row and column; `factor` is at most half of the shorter side, or 2.
    let factor = min(factor, width, height)
    let (newWidth, newHeight) = (width / factor, height / factor)
    let count = newWidth * newHeight * channels
    var pixels = [UInt8](repeating: background, count: count)
    let sumCount = factor == 1 ? 0 : inOrder ? newWidth * channels : count
    var sums = [UInt32](repeating: 0, count: sumCount)
    // The addresses must stay valid across calls.
    try pixels.withUnsafeMutableBufferPointer { pixels in
      sums.withUnsafeMutableBufferPointer { sums in
        Result { () throws(PictureError) in
          guard let pixelStart = pixels.baseAddress else { return }
          var rows = lemnos_rows(
            width: Int64(width), height: Int64(height), channels: Int64(channels), factor: Int64(factor),
            pixels: pixelStart, sums: sums.baseAddress, has_all_sums: !inOrder, square_row: -1)
          try read(&rows)
          lemnos_rows_finish(&rows)
        }
      }
    }.get()
    self.init(width: newWidth, height: newHeight, channels: channels, pixels: pixels)
  }

  /// Composites a colour on white.
  static func onWhite(_ value: UInt8, alpha: UInt8) -> UInt8 {
    let (value, alpha) = (Int(value), Int(alpha))
    return UInt8((value * alpha + 255 * (255 - alpha) + 127) / 255)
  }
}
