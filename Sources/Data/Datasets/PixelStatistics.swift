import Tensors

/// What the pixels of a set of images are like: what is subtracted and divided by before training.
///
/// All in the pixels' own scale, 0…255. The deviations are those of the whole population,
///
///     σ² = (n Σx² − (Σx)²) / n²
///
/// and the sums are integers: every result is exact up to one final rounding, in any order of summation.
public struct PixelStatistics: Hashable, Sendable {
  /// The mean image, `[C, H, W]`: the mean of each pixel over all images.
  public let meanImage: [Float]
  /// The mean of all values.
  public let mean: Double
  /// The standard deviation of all values about `mean`.
  public let standardDeviation: Double
  /// `[C]`: the mean of each channel.
  public let channelMeans: [Double]
  /// `[C]`: the standard deviation of each channel about its mean.
  public let channelStandardDeviations: [Double]

  /// Measures the images: only the training images, without the validation set.
  ///
  /// - Throws: `DatasetError` (`.unusable`) if there are no images.
  public init(of images: LabeledImages) throws(DatasetError) {
    guard images.count > 0 else {
      throw DatasetError(.unusable, "there are no images to take the mean of")
    }
    let shape = images.shape
    let plane = shape.height * shape.width
    let sums = PixelSums(images)

    var channels: [Moments] = []
    for channel in 0..<shape.channels {
      let pixels = channel * plane..<(channel + 1) * plane
      channels.append(
        Moments(
          count: images.count * plane,
          sum: sums.values[pixels].reduce(0, +),
          sumOfSquares: sums.squares[pixels].reduce(0, +)))
    }
    let all = channels.dropFirst().reduce(channels[0]) { $0.joined(with: $1) }

    meanImage = sums.values.map { Float(Double($0) / Double(images.count)) }
    mean = all.mean
    standardDeviation = all.standardDeviation
    channelMeans = channels.map(\.mean)
    channelStandardDeviations = channels.map(\.standardDeviation)
  }
}

/// Σx and Σx² of each pixel over all images: `[C, H, W]` each.
private struct PixelSums {
  var values: [UInt64]
  var squares: [UInt64]

  init(_ images: LabeledImages) {
    let size = images.shape.count
    values = [UInt64](repeating: 0, count: size)
    squares = [UInt64](repeating: 0, count: size)
    // Raw buffers: CIFAR-10 is 154 million values, and a debug build checks every subscript of an array.
    values.withUnsafeMutableBufferPointer { values in
      squares.withUnsafeMutableBufferPointer { squares in
        images.pixels.forEachPart(inPiecesOf: size) { pixels in
          for start in stride(from: 0, to: pixels.count, by: size) {
            for position in 0..<size {
              let value = UInt64(pixels[start + position])
              values[position] &+= value
              squares[position] &+= value &* value
            }
          }
        }
      }
    }
  }
}

/// The count, sum and sum of squares of some values.
private struct Moments {
  var count: Int
  var sum: UInt64
  var sumOfSquares: UInt64

  var mean: Double { Double(sum) / Double(count) }

  var standardDeviation: Double {
    // 128 bits, because n Σx² exceeds 2⁶⁴ at 17 million values.
    let n = UInt128(count)
    let spread = n * UInt128(sumOfSquares) - UInt128(sum) * UInt128(sum)
    return Double(spread).squareRoot() / Double(count)
  }

  func joined(with other: Moments) -> Moments {
    Moments(
      count: count + other.count, sum: sum + other.sum, sumOfSquares: sumOfSquares + other.sumOfSquares)
  }
}
