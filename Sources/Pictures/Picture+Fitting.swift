extension Picture {
  /// The picture as a network takes it: scaled so that its shorter side fits, and cut to its middle.
  ///
  /// Scaling is bilinear where it enlarges. Where it shrinks the triangle is as wide as a new pixel reaches, so that every
  /// old one counts and nothing flickers (antialiasing):
  ///
  ///     y[i] = Σₖ w((k + ½ − cᵢ) / r) x[k] / Σₖ w((k + ½ − cᵢ) / r),   w(t) = max(0, 1 − |t|),   r = max(1, old / new)
  ///
  /// First along rows, then along columns, in whole numbers of 2⁻²² and rounded to eight bits each time: the same bits on
  /// every machine. A picture that fits already stays as it is.
  ///
  /// - SeeAlso: Pillow's `Image.resize` with `BILINEAR`, whose filter and rounding this is.
  public func fitted(width newWidth: Int, height newHeight: Int) -> Picture {
    precondition(newWidth > 0 && newHeight > 0, "a picture of \(newWidth)×\(newHeight) has no pixels")
    guard (width, height) != (newWidth, newHeight) else { return self }
    let scale = min(Double(width) / Double(newWidth), Double(height) / Double(newHeight))
    let columns = Resampling(of: width, to: newWidth, scale: scale)
    let rows = Resampling(of: height, to: newHeight, scale: scale)
    // Rows that are cut away need no work.
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

  /// Grey as three equal channels, or colours as their brightness, 0.299 red + 0.587 green + 0.114 blue.
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

  /// `[channels, height, width]`, as layers have their images.
  public var planes: [UInt8] {
    guard channels > 1 else { return pixels }
    return (0..<channels).flatMap { channel in
      (0..<width * height).map { pixels[$0 * channels + channel] }
    }
  }
}

/// How each new pixel of a line is made of the old ones.
private struct Resampling {
  /// For each new pixel.
  var filters: [Filter] = []

  /// All old pixels that are read.
  var reach: Range<Int> {
    let first = filters.map(\.first).min() ?? 0
    return first..<(filters.map { $0.first + $0.weights.count }.max() ?? first)
  }

  /// - Parameter scale: old pixels for each new one; what is beyond, on both sides alike, is cut away.
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

/// A weighted mean of a few neighbours.
private struct Filter {
  let first: Int
  /// In units of 2⁻²², adding up to 1.
  let weights: [Int32]

  private static let bits = 22

  init(first: Int, weights: [Double]) {
    self.first = first
    let total = weights.reduce(0, +)
    var whole = weights.map { Int32(($0 / total * Double(1 << Filter.bits)).rounded()) }
    // What rounding lost goes to the greatest, so that one colour stays that colour.
    if let greatest = whole.indices.max(by: { whole[$0] < whole[$1] }) {
      whole[greatest] += 1 << Int32(Filter.bits) - whole.reduce(0, +)
    }
    self.weights = whole
  }

  @inline(__always)
  func sum(_ values: UnsafeBufferPointer<UInt8>, from start: Int, stride: Int) -> UInt8 {
    // At most 255 × 2²², and a half: it fits 32 bits.
    var sum: Int32 = 1 << (Int32(Filter.bits) - 1)
    weights.withUnsafeBufferPointer { weights in
      for index in 0..<weights.count { sum &+= weights[index] &* Int32(values[start + index * stride]) }
    }
    return UInt8(truncatingIfNeeded: sum >> Int32(Filter.bits))
  }
}
