extension Picture {
  /// The picture as a network's input: scaled so that its shorter side fits, then cropped to the centre.
  ///
  /// Enlarging is bilinear. For shrinking, the triangle filter is as wide as a new pixel, so that every old
  /// pixel counts (antialiasing):
  ///
  ///     y[i] = Σₖ w((k + ½ − cᵢ) / r) x[k] / Σₖ w((k + ½ − cᵢ) / r),   w(t) = max(0, 1 − |t|),   r = max(1, old / new)
  ///
  /// First along rows, then along columns, in fixed point with 22 fraction bits, rounded to eight bits each
  /// time: bitwise the same on every machine. A picture that already fits is returned unchanged.
  ///
  /// - SeeAlso: Pillow's `Image.resize` with `BILINEAR`, of the same filter and rounding.
  public func fitted(width newWidth: Int, height newHeight: Int) -> Picture {
    precondition(newWidth > 0 && newHeight > 0, "a picture of \(newWidth)×\(newHeight) has no pixels")
    guard (width, height) != (newWidth, newHeight) else { return self }
    let scale = min(Double(width) / Double(newWidth), Double(height) / Double(newHeight))
    let columns = Resampling(of: width, to: newWidth, scale: scale)
    let rows = Resampling(of: height, to: newHeight, scale: scale)
    // Skips rows that are cropped.
    let band = rows.reach
    var lines = [UInt8](repeating: 0, count: band.count * newWidth * channels)
    pixels.withUnsafeBufferPointer { old in
      lines.withUnsafeMutableBufferPointer { new in
        for row in band {
          for (column, filter) in columns.filters.enumerated() {
            for channel in 0..<channels {
              new[((row - band.lowerBound) * newWidth + column) * channels + channel] = filter.sum(
                old, from: (row * width + filter.first) * channels + channel, stride: channels)
            }
          }
        }
      }
    }
    var result = [UInt8](repeating: 0, count: newWidth * newHeight * channels)
    let line = newWidth * channels
    lines.withUnsafeBufferPointer { old in
      result.withUnsafeMutableBufferPointer { new in
        for (row, filter) in rows.filters.enumerated() {
          for place in 0..<line {
            new[row * line + place] = filter.sum(
              old, from: (filter.first - band.lowerBound) * line + place, stride: line)
          }
        }
      }
    }
    return Picture(width: newWidth, height: newHeight, channels: channels, pixels: result)
  }

  /// Converts grey to three equal channels, or colours to luma, 0.299 red + 0.587 green + 0.114 blue.
  ///
  /// - SeeAlso: ITU-R BT.601.
  public func converted(toChannels count: Int) -> Picture {
    precondition(count == 1 || count == 3, "a picture has 1 channel or 3, not \(count)")
    guard count != channels else { return self }
    let converted: [UInt8]
    if count == 3 {
      converted = pixels.flatMap { [$0, $0, $0] }
    } else {
      converted = (0..<width * height).map { place in
        let sum =
          299 * Int(pixels[3 * place]) + 587 * Int(pixels[3 * place + 1]) + 114 * Int(pixels[3 * place + 2])
        return UInt8((sum + 500) / 1000)
      }
    }
    return Picture(width: width, height: height, channels: count, pixels: converted)
  }

  /// `[channels, height, width]`, the layout of layers' images.
  public var planes: [UInt8] {
    guard channels > 1 else { return pixels }
    return (0..<channels).flatMap { channel in
      (0..<width * height).map { pixels[$0 * channels + channel] }
    }
  }
}

/// The filters of a line's new pixels.
private struct Resampling {
  /// One per new pixel.
  var filters: [Filter] = []

  /// The range of old pixels that are read.
  var reach: Range<Int> {
    let first = filters.map(\.first).min() ?? 0
    return first..<(filters.map { $0.first + $0.weights.count }.max() ?? first)
  }

  /// - Parameter scale: old pixels per new one; the excess is cropped equally on both sides.
  init(of count: Int, to newCount: Int, scale: Double) {
    let start = (Double(count) - scale * Double(newCount)) / 2
    let radius = max(1, scale)
    for index in 0..<newCount {
      let center = start + (Double(index) + 0.5) * scale
      let first = max(0, Int((center - radius + 0.5).rounded(.down)))
      let end = min(count, Int((center + radius + 0.5).rounded(.down)))
      let weights = (first..<max(end, first)).map { max(0, 1 - abs((Double($0) + 0.5 - center) / radius)) }
      filters.append(Filter(first: first, weights: weights))
    }
  }
}

/// A weighted mean of adjacent pixels.
private struct Filter {
  let first: Int
  /// In units of 2⁻²², with sum 1.
  let weights: [Int32]

  private static let bits = 22

  init(first: Int, weights: [Double]) {
    self.first = first
    let total = weights.reduce(0, +)
    var whole = weights.map { Int32(($0 / total * Double(1 << Filter.bits)).rounded()) }
    // The rounding error is added to the greatest weight, so that a uniform colour is preserved.
    if let greatest = whole.indices.max(by: { whole[$0] < whole[$1] }) {
      whole[greatest] += 1 << Int32(Filter.bits) - whole.reduce(0, +)
    }
    self.weights = whole
  }

  @inline(__always)
  func sum(_ values: UnsafeBufferPointer<UInt8>, from start: Int, stride: Int) -> UInt8 {
    // At most 255 × 2²², and a half: fits into 32 bits.
    var sum: Int32 = 1 << (Int32(Filter.bits) - 1)
    weights.withUnsafeBufferPointer { weights in
      for index in 0..<weights.count { sum &+= weights[index] &* Int32(values[start + index * stride]) }
    }
    return UInt8(truncatingIfNeeded: sum >> Int32(Filter.bits))
  }
}
