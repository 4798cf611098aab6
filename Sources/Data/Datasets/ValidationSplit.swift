import Wording

/// The part of the training images held out for choosing settings.
///
///     let (training, validation) = try data.training.split(validation: 1000)  // or 0.1
public enum ValidationSplit: Hashable, Sendable {
  /// This many images.
  case count(Int)
  /// This fraction of the images, from 0 up to 1, rounded to whole images.
  case fraction(Double)
}

extension ValidationSplit: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
  public init(integerLiteral value: Int) { self = .count(value) }
  public init(floatLiteral value: Double) { self = .fraction(value) }
}

extension LabeledImages {
  /// Splits the images in two: the last ones become the validation set.
  ///
  /// - Throws: `DatasetError` (`.unusable`) if the amount is negative or leaves no training images.
  /// - SeeAlso: `get_CIFAR10_data` of the CS231n assignments: training on 0…48,999, validation on 49,000…49,999.
  public func split(
    validation amount: ValidationSplit
  ) throws(DatasetError) -> (training: LabeledImages, validation: LabeledImages) {
    let held = try amount.count(of: count)
    let border = count - held
    return (held == 0 ? self : subrange(0..<border), subrange(border..<count))
  }
}

extension ValidationSplit {
  /// True if nothing is to be held out, not even a separate validation set.
  package var isNone: Bool { self == .count(0) || self == .fraction(0) }

  /// The number of images held out of `count`.
  ///
  /// - Throws: `DatasetError` (`.unusable`) if the amount is negative or leaves no training images.
  package func count(of count: Int) throws(DatasetError) -> Int {
    let held: Int
    switch self {
    case .count(let images):
      guard (0...count).contains(images) else {
        throw DatasetError(
          .unusable,
          "\(images.grouped) validation images were asked for, out of \(count.grouped)")
      }
      held = images
    case .fraction(let part):
      guard part >= 0, part < 1 else {  // false for NaN too
        throw DatasetError(.unusable, "a validation part of \(part) was asked for: it goes from 0 up to 1")
      }
      held = Int((part * Double(count)).rounded())
    }
    guard held < count else {
      throw DatasetError(
        .unusable, "\(held.grouped) validation images out of \(count.grouped) leave none to train on")
    }
    return held
  }
}
