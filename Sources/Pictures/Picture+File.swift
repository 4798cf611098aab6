import CPictures

extension Picture {
  /// Reads a picture's file, in one of the formats that are read (`PictureFormat.isRead`), told apart by their first bytes.
  ///
  /// Transparent pixels are shown on white; of an animation it is the first picture.
  ///
  /// - Parameter target: what the picture is to be fitted to. One of more than `mostWholePixels` is made smaller while it is
  ///   decoded, by a whole factor, but not below twice the target; without a target it is refused.
  /// - Throws: `PictureError` for any other file, for a damaged one, and for a picture of more than `mostPixels`.
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

  /// The largest pictures that are read: a header may claim what no memory holds.
  public static let mostPixels = 200_000_000

  /// The largest pictures that are decoded whole, such as 8192×8192.
  public static let mostWholePixels = 1 << 26

  /// How many times smaller in each direction a picture is made while it is decoded.
  ///
  /// - Throws: `PictureError` for a picture that is too large.
  static func factor(
    width: Int, height: Int, fitting target: (width: Int, height: Int)?
  ) throws(PictureError) -> Int {
    // Headers have 32 bits for each, so this fits.
    let pixels = width * height
    guard pixels > mostWholePixels else { return 1 }
    let most = target == nil ? mostWholePixels : mostPixels
    guard pixels <= most else {
      throw PictureError(
        reason: "is a picture of \(width)×\(height), more than the \(most) pixels that are read")
    }
    let side = max(target?.width ?? 1, target?.height ?? 1)
    // Of 200 megapixels a quarter can be kept whole. A square of 1024² bytes is summed up in 32 bits.
    return min(max(2, min(width, height) / (2 * side)), 1024)
  }

  /// Throws for a header that claims more than any file of that many bytes can hold, before memory is taken for it.
  ///
  /// - Parameter most: the greatest number of pixels that a byte of the format can stand for.
  static func checkPlausible(width: Int, height: Int, bytes: Int, most: Int) throws(PictureError) {
    guard width * height / most > bytes else { return }
    throw PictureError(
      reason:
        "says that it is a picture of \(width)×\(height), which \(bytes) bytes cannot hold: it is damaged")
  }
}

extension Picture {
  /// Puts a picture together from rows that `read` hands over, whole or made smaller.
  ///
  /// - Parameter inOrder: whether the rows come one after the other, upwards or downwards.
  init(
    rowsOf width: Int, _ height: Int, channels: Int, factor: Int, inOrder: Bool,
    background: UInt8 = 0, _ read: (inout lemnos_rows) throws(PictureError) -> Void
  ) throws(PictureError) {
    // A strip of fewer rows than a square has is no picture any more; `factor` is at most half of the shorter side, or 2.
    let factor = min(factor, width, height)
    let (newWidth, newHeight) = (width / factor, height / factor)
    let count = newWidth * newHeight * channels
    var pixels = [UInt8](repeating: background, count: count)
    let sumCount = factor == 1 ? 0 : inOrder ? newWidth * channels : count
    var sums = [UInt32](repeating: 0, count: sumCount)
    // The addresses are kept from one call to the next.
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

  /// Shows a colour on white.
  static func onWhite(_ value: UInt8, alpha: UInt8) -> UInt8 {
    let (value, alpha) = (Int(value), Int(alpha))
    return UInt8((value * alpha + 255 * (255 - alpha) + 127) / 255)
  }
}
