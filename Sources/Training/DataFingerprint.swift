import Datasets

/// What tells the images of one run from those of another: how many there are, and a checksum of their pixels and labels.
struct DataFingerprint: Hashable, CustomStringConvertible {
  static let key = "lemnos.data"

  private let training: String
  private let validation: String?

  init(training: LabeledImages, validation: LabeledImages?) {
    self.training = Self.text(of: training)
    self.validation = validation.map(Self.text)
  }

  private static func text(of images: LabeledImages) -> String {
    let digits = String(images.checksum, radix: 16)
    return "\(images.count) images (\(String(repeating: "0", count: 8 - digits.count))\(digits))"
  }

  /// As it stands in a checkpoint: `36 images (1a2b3c4d), 4 images (5e6f7081) held out`.
  var description: String { training + (validation.map { ", \($0) held out" } ?? "") }
}
