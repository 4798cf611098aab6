import Checkpoints
import FoundationEssentials
import Tensors

/// torchvision's `Normalize` of pixels from 0 to 1: (pixel − mean) / deviation, per channel.
public struct ChannelNormalization: Hashable, Sendable {
  public let mean: [Double]
  public let deviation: [Double]

  /// - Throws: `ExchangeError` for deviations that are not positive and finite, or different counts.
  public init(mean: [Double], deviation: [Double]) throws(ExchangeError) {
    guard !mean.isEmpty, mean.count == deviation.count, mean.allSatisfy(\.isFinite),
      deviation.allSatisfy({ $0.isFinite && $0 > 0 })
    else {
      throw ExchangeError(
        "pixels cannot be normalized by the means \(mean) and the standard deviations \(deviation): give one of each, or "
          + "one for each channel, and deviations above 0")
    }
    (self.mean, self.deviation) = (mean, deviation)
  }

  /// The same of pixels from 0 to 255: what is subtracted, and what the rest is multiplied by, each `[1, C, 1, 1]`.
  ///
  /// - Throws: `ExchangeError` for numbers of another count of channels.
  func states(channels: Int) throws(ExchangeError) -> (mean: TensorValues, scale: TensorValues) {
    func values(_ numbers: [Double]) throws(ExchangeError) -> TensorValues {
      guard numbers.count == 1 || numbers.count == channels else {
        throw ExchangeError(
          "pixels are to be normalized by \(numbers.count) means and deviations, but there are \(channels) channels"
        )
      }
      let all = numbers.count == 1 ? [Double](repeating: numbers[0], count: channels) : numbers
      return TensorValues(converting: all, shape: [1, channels, 1, 1], to: .float32)
    }
    return (try values(mean.map { $0 * 255 }), try values(deviation.map { 1 / ($0 * 255) }))
  }
}

extension PyTorchModel {
  /// The normalization of pixels from 0 to 255.
  func pixels(
    of file: Checkpoint, _ normalization: ChannelNormalization?
  ) throws -> (mean: TensorValues, scale: TensorValues) {
    if let normalization { return try normalization.states(channels: images[1]) }
    let texts = [PixelTransform.meanName, PixelTransform.scaleName].map { file.metadata[$0] }
    guard let mean = texts[0], let scale = texts[1] else {
      throw ExchangeError(
        "it does not say how pixels are normalized: give --mean and --std as torchvision's Normalize has them, or 0 and 1 "
          + "for pixels from 0 to 1")
    }
    let values = [mean, scale].compactMap(TensorValues.init(json:))
    guard values.count == 2, values[0].shape.broadcast(with: images) == images,
      values[1].shape.broadcast(with: images) == images
    else { throw ExchangeError("its normalization of pixels does not fit images \(images)") }
    return (values[0], values[1])
  }
}

/// Nested arrays, as Python writes and reads them.
private indirect enum NestedNumbers: Codable {
  case number(Float)
  case list([NestedNumbers])

  init(from decoder: any Decoder) throws {
    if let number = try? decoder.singleValueContainer().decode(Float.self) {
      self = .number(number)
    } else {
      self = .list(try decoder.singleValueContainer().decode([NestedNumbers].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .list(let list): try container.encode(list)
    }
  }

  init(_ numbers: ArraySlice<Float>, _ shape: ArraySlice<Int>) {
    guard let extent = shape.first else {
      self = .number(numbers.first ?? 0)
      return
    }
    let size = extent == 0 ? 0 : numbers.count / extent
    self = .list(
      (0..<extent).map { index in
        let start = numbers.startIndex + index * size
        return NestedNumbers(numbers[start..<start + size], shape.dropFirst())
      })
  }

  /// Their shape, if they are not ragged.
  var shape: [Int]? {
    guard case .list(let list) = self else { return [] }
    guard let first = list.first?.shape, list.allSatisfy({ $0.shape == first }) else { return nil }
    return [list.count] + first
  }

  var numbers: [Float] {
    switch self {
    case .number(let number): [number]
    case .list(let list): list.flatMap(\.numbers)
    }
  }
}

extension TensorValues {
  /// float32 values as nested lists, exact to the last bit.
  var json: String? {
    guard dtype == .float32 else { return nil }
    let nested = NestedNumbers(elements(as: Float.self)[...], shape.dimensions[...])
    return (try? JSONEncoder().encode(nested)).map { String(decoding: $0, as: UTF8.self) }
  }

  init?(json: String) {
    guard let nested = try? JSONDecoder().decode(NestedNumbers.self, from: Data(json.utf8)),
      let shape = nested.shape, nested.numbers.allSatisfy(\.isFinite)
    else { return nil }
    self.init(nested.numbers, shape: Shape(shape))
  }
}
